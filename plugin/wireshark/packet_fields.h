/* The fields and the expert information that each packet gets: its direction, who the server is,
 * what it proves.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TFA_PACKET_FIELDS_H
#define TFA_PACKET_FIELDS_H

#include <stdbool.h>

/* Registers the fields of the protocol @protocol, whose number it is. Call it once, when protocols
 * are registered. */
void packet_fields_register(int protocol);

/* Whether packets get the fields from the next file on; at first they do not. Nothing is done for
 * any packet where they do not. Call it when all dissectors are known. */
void packet_fields_switch(bool on);

#endif
