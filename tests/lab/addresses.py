"""The names of the two networks: who has which address."""

import ipaddress

# The range that RFC 7042 sets aside for documentation.
MAC_CLIENT = "00:00:5e:00:53:01"
MAC_ROUTER_CLIENT = "00:00:5e:00:53:02"
MAC_ROUTER_SERVER = "00:00:5e:00:53:03"
MAC_SERVER = "00:00:5e:00:53:04"

CLIENT, CLIENT_2, CLIENT_3 = "10.1.0.11", "10.1.0.12", "10.1.0.13"
SERVERS = ["10.2.0.5", "10.2.0.6", "10.2.0.7", "10.2.0.8", "10.2.0.9"]
SERVER = SERVERS[0]
CLIENT_6, SERVER_6 = "2001:db8:1::11", "2001:db8:2::5"
SERVER_NETWORKS = [ipaddress.ip_network("10.2.0.0/24"), ipaddress.ip_network("2001:db8:2::/64")]
