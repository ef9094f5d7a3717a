/* ENet (Debian's libenet-dev) in the transport benchmark: packets over UDP, not encrypted, reliable
 * and ordered or unreliable and sequenced. One program for both ends; `enet.ts` compiles and drives it.
 *
 *   enet receive MTU       prints its port; counts until the peer disconnects; prints the result
 *   enet send reliable|unreliable PORT BYTES MS PER_TURN MTU
 *                          sends for MS milliseconds, PER_TURN messages before it serves the socket,
 *                          and waits until all is acknowledged or has left
 *
 * MTU: the longest datagram; 0: ENet's default.
 */

#include <enet/enet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double now_ms(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000.0 + at.tv_nsec / 1e6;
}

static double cpu_us(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 + used.ru_utime.tv_usec +
         used.ru_stime.tv_usec;
}

static int receive(int mtu) {
  ENetAddress address;
  enet_address_set_host(&address, "127.0.0.1");
  address.port = ENET_PORT_ANY;
  ENetHost *host = enet_host_create(&address, 1, 1, 0, 0);
  if (host == NULL) return 1;
  if (mtu > 0) host->mtu = (size_t)mtu;
  enet_socket_get_address(host->socket, &address);
  printf("%d\n", address.port);
  fflush(stdout);

  long count = 0;
  double first_ms = 0, last_ms = 0, cpu = 0;
  for (int open = 1; open;) {
    ENetEvent event;
    if (enet_host_service(host, &event, 10000) <= 0) break;
    switch (event.type) {
      case ENET_EVENT_TYPE_RECEIVE:
        if (count == 0) {
          first_ms = now_ms();
          cpu = cpu_us();
        }
        if ((count & 63) == 0) last_ms = now_ms();
        count += 1;
        enet_packet_destroy(event.packet);
        break;
      case ENET_EVENT_TYPE_DISCONNECT:
        open = 0;
        break;
      default:
        break;
    }
  }
  printf("{\"count\":%ld,\"ms\":%f,\"cpuUs\":%f}\n", count, last_ms - first_ms, cpu_us() - cpu);
  enet_host_destroy(host);
  return 0;
}

/* Without a bound ENet would queue until memory ends; this keeps its link busy. */
static const size_t queued_messages_max = 4096;

static int send_all(enet_uint32 flags, int port, size_t bytes, double duration_ms, int per_turn,
                    int mtu) {
  ENetHost *host = enet_host_create(NULL, 1, 1, 0, 0);
  if (mtu > 0) host->mtu = (size_t)mtu;
  ENetAddress address;
  enet_address_set_host(&address, "127.0.0.1");
  address.port = (enet_uint16)port;
  ENetPeer *peer = enet_host_connect(host, &address, 1, 0);
  ENetEvent event;
  if (enet_host_service(host, &event, 5000) <= 0 || event.type != ENET_EVENT_TYPE_CONNECT) return 1;

  char *message = malloc(bytes);
  memset(message, 7, bytes);
  double cpu = cpu_us();
  long sent = 0;
  for (double end = now_ms() + duration_ms; now_ms() < end;) {
    if (enet_list_size(&peer->outgoingCommands) < queued_messages_max) {
      for (int i = 0; i < per_turn; i++) {
        enet_peer_send(peer, 0, enet_packet_create(message, bytes, flags));
        sent += 1;
      }
    }
    while (enet_host_service(host, &event, 0) > 0) continue;
  }
  enet_peer_disconnect_later(peer, 0);
  while (enet_host_service(host, &event, 5000) > 0 && event.type != ENET_EVENT_TYPE_DISCONNECT)
    continue;
  printf("{\"count\":%ld,\"cpuUs\":%f,\"datagrams\":%u,\"bytes\":%u,\"lost\":%u}\n", sent,
         cpu_us() - cpu, host->totalSentPackets, host->totalSentData, peer->packetsLost);
  free(message);
  enet_host_destroy(host);
  return 0;
}

int main(int argc, char **argv) {
  if (enet_initialize() != 0) return 1;
  if (argc == 3 && strcmp(argv[1], "receive") == 0) return receive(atoi(argv[2]));
  if (argc == 8 && strcmp(argv[1], "send") == 0)
    return send_all(strcmp(argv[2], "reliable") == 0 ? ENET_PACKET_FLAG_RELIABLE : 0, atoi(argv[3]),
                    (size_t)atol(argv[4]), atof(argv[5]), atoi(argv[6]), atoi(argv[7]));
  fprintf(stderr, "usage: enet receive MTU | enet send reliable|unreliable PORT BYTES MS PER_TURN MTU\n");
  return 2;
}
