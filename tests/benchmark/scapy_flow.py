#!/usr/bin/python3
"""What the plugin replaces, for the benchmark: the whole capture in memory, packet objects of scapy,
and retransmissions by a set of sequence numbers. Its faults are meant to be here: a data segment
after a pure ACK counts as a retransmission, and all connections share one set.

    tests/benchmark/scapy_flow.py CAPTURE SERVER_IP [SERVER_PORT]

SPDX-License-Identifier: GPL-2.0-or-later
"""

import json
import logging
import sys

logging.getLogger('scapy.runtime').setLevel(logging.ERROR)

from scapy.layers.inet import IP, TCP  # noqa: E402  (after its warnings are off)
from scapy.layers.inet6 import IPv6  # noqa: E402
from scapy.utils import rdpcap  # noqa: E402

FLAGS = {'syn_count': 0x02, 'fin_count': 0x01, 'rst_count': 0x04}


def new_counters():
    return {'packet_count': 0, 'byte_count': 0, 'syn_count': 0, 'fin_count': 0, 'rst_count': 0,
            'data_packets': 0, 'retransmissions': 0}


def direction_of(ip, tcp, server_ip, server_port):
    if ip.src == server_ip and server_port in (None, tcp.sport):
        return 'server_to_client'
    if ip.dst == server_ip and server_port in (None, tcp.dport):
        return 'client_to_server'
    return None


def count(counters, seen, packet, tcp):
    counters['packet_count'] += 1
    counters['byte_count'] += len(packet)
    for name, bit in FLAGS.items():
        counters[name] += bool(int(tcp.flags) & bit)
    counters['data_packets'] += len(tcp.payload) > 0
    counters['retransmissions'] += tcp.seq in seen
    seen.add(tcp.seq)


def analysis_of(client, server):
    ratio = client['packet_count'] / server['packet_count'] if server['packet_count'] else None
    resets = client['rst_count'], server['rst_count']
    sources = {(False, False): 'none', (True, False): 'client', (False, True): 'server'}
    flow = 'client_heavy' if ratio is None or ratio > 1.2 else 'server_heavy' if ratio < 0.8 else 'balanced'
    source = sources.get((resets[0] > 0, resets[1] > 0)) or (
        'client' if resets[0] > resets[1] else 'server' if resets[1] > resets[0] else 'balanced')
    return {'asymmetry_ratio': ratio, 'primary_rst_source': source, 'data_flow_direction': flow,
            'interpretation': f'Traffic is {flow}; resets come from: {source}.'}


def analyze_traffic_flow(pcap_file, server_ip, server_port=None):
    counters = {'client_to_server': new_counters(), 'server_to_client': new_counters()}
    seen = {'client_to_server': set(), 'server_to_client': set()}
    for packet in rdpcap(pcap_file):
        ip = packet.getlayer(IP) or packet.getlayer(IPv6)
        tcp = packet.getlayer(TCP)
        direction = ip and tcp and direction_of(ip, tcp, server_ip, server_port)
        if direction:
            count(counters[direction], seen[direction], packet, tcp)
    return {'file': pcap_file, 'server': f'{server_ip}:{server_port or "any"}', **counters,
            'analysis': analysis_of(*counters.values())}


if __name__ == '__main__':
    port = int(sys.argv[3]) if len(sys.argv) > 3 else None
    print(json.dumps(analyze_traffic_flow(sys.argv[1], sys.argv[2], port), indent=2))
