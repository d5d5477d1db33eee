# SPDX-License-Identifier: GPL-2.0-or-later
"""Drives the real Chromium, without a window.

    with Browser() as browser:
        browser.open(path)
        browser.all('#findings li')
        assert browser.complaints() == []
"""

import base64
import json
import os
import re
import shutil
import tempfile
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

LIMIT_S = 20

# Newer releases of dygraphs warn of the points beside the part that is shown, whenever somebody zooms.
OUT_OF_BOUNDS = re.compile(r' "\d+ points out of X bounds:')
SIZE = 1280, 900

# Its own services on the network are off, so that the network log has only what the page does
ARGUMENTS = ('--headless=new', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars', '--no-first-run',
             '--disable-background-networking', '--disable-component-update', '--disable-sync', '--lang=en')


def missing_programs():
    return [program for program in ('chromium', 'chromedriver') if shutil.which(program) is None]


class Browser:
    """A Chromium that shows one page after the other."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix='chromium-')
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which('chromium')
        for argument in (*ARGUMENTS, f'--user-data-dir={self.folder.name}', *(['--no-sandbox'] if os.geteuid() == 0 else [])):
            options.add_argument(argument)
        options.set_capability('goog:loggingPrefs', {'browser': 'ALL', 'performance': 'ALL'})
        self.driver = webdriver.Chrome(service=Service(shutil.which('chromedriver')), options=options)
        self.driver.set_page_load_timeout(6 * LIMIT_S)
        return self

    def __exit__(self, *_):
        self.driver.quit()
        self.folder.cleanup()

    # ---- pages

    def open(self, path, dark=False, size=SIZE, scripts=True):
        """Shows the page as it is at first."""
        self.driver.get('about:blank')
        self.logs()
        self.resize(*size)
        self.media(dark=dark)
        self.command('Emulation.setScriptExecutionDisabled', value=not scripts)
        self.address = Path(path).resolve().as_uri()
        self.driver.get(self.address)

    def command(self, name, **parameters):
        """Of the Chrome DevTools protocol."""
        return self.driver.execute_cdp_cmd(name, parameters)

    def resize(self, width, height):
        self.command('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=False)

    def media(self, dark=False, kind=''):
        """kind: '' or 'print'."""
        self.command('Emulation.setEmulatedMedia', media=kind,
                     features=[{'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}])

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        """Also of what is not in sight."""
        return self.run('return document.querySelector(arguments[0]).textContent', selector)

    def wait(self, condition):
        return WebDriverWait(self.driver, LIMIT_S, poll_frequency=0.05).until(lambda _: condition())

    # ---- what it draws and prints

    def screenshot(self, path):
        Path(path).write_bytes(base64.b64decode(self.command('Page.captureScreenshot', format='png')['data']))

    def pdf(self, path):
        printed = self.command('Page.printToPDF', preferCSSPageSize=True, printBackground=False)
        Path(path).write_bytes(base64.b64decode(printed['data']))

    # ---- what it did

    def logs(self):
        """What was written to the console, and the addresses that were asked for, since the last call."""
        console = [entry['message'] for entry in self.driver.get_log('browser')]
        events = [json.loads(entry['message'])['message'] for entry in self.driver.get_log('performance')]
        requests = [event['params']['request']['url'] for event in events if event['method'] == 'Network.requestWillBeSent']
        return console, [address for address in requests if address != 'about:blank']

    def complaints(self):
        """All that a page should not do: messages on the console, and requests beside the one for the page."""
        console, requests = self.logs()
        return [*(message for message in console if not OUT_OF_BOUNDS.search(message)), *(address for address in requests if address.partition('#')[0] != self.address)]
