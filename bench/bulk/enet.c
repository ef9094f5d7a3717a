/* ENet (Debian's libenet-dev) in the bulk benchmark: large reliable packets one after another, which
 * ENet cuts into fragments. `enet.ts` compiles and drives it.
 *
 *   enet receive HOST            prints its port; ends when the peer has disconnected, then prints
 *                                when each packet had arrived
 *   enet send HOST PORT BYTES START_MS DURATION_MS    prints when it began
 *
 * Times are milliseconds of CLOCK_MONOTONIC.
 */

#include <enet/enet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_ms(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000.0 + at.tv_nsec / 1e6;
}

static int receive(const char *bind_host) {
  ENetAddress address;
  enet_address_set_host(&address, bind_host);
  address.port = ENET_PORT_ANY;
  ENetHost *host = enet_host_create(&address, 1, 1, 0, 0);
  if (host == NULL) return 1;
  enet_socket_get_address(host->socket, &address);
  printf("%d\n", address.port);
  fflush(stdout);

  double arrived[4096], heard_ms = now_ms();
  size_t count = 0;
  for (int open = 1; open && now_ms() - heard_ms < 20000;) {
    ENetEvent event;
    if (host->connectedPeers > 0) heard_ms = now_ms();
    if (enet_host_service(host, &event, 1) <= 0) continue;
    if (event.type == ENET_EVENT_TYPE_RECEIVE) {
      if (count < sizeof arrived / sizeof *arrived) arrived[count++] = now_ms();
      enet_packet_destroy(event.packet);
    } else if (event.type == ENET_EVENT_TYPE_DISCONNECT) {
      open = 0;
    }
  }
  printf("[");
  for (size_t i = 0; i < count; i++) printf(i == 0 ? "%.3f" : ",%.3f", arrived[i]);
  printf("]\n");
  enet_host_destroy(host);
  return 0;
}

/* ENet counts outgoing fragments one by one; below so many, the next packet is cut. */
static const size_t waiting_fragments_min = 1000;

static int send_all(const char *to, int port, size_t bytes, double start_ms, double duration_ms) {
  ENetHost *host = enet_host_create(NULL, 1, 1, 0, 0);
  ENetAddress address;
  enet_address_set_host(&address, to);
  address.port = (enet_uint16)port;
  ENetPeer *peer = enet_host_connect(host, &address, 1, 0);
  ENetEvent event;
  if (enet_host_service(host, &event, 5000) <= 0 || event.type != ENET_EVENT_TYPE_CONNECT) return 1;
  while (now_ms() < start_ms) enet_host_service(host, &event, 1);

  char *message = malloc(bytes);
  memset(message, 7, bytes);
  double began_ms = now_ms();
  while (now_ms() < began_ms + duration_ms) {
    if (enet_list_size(&peer->outgoingCommands) < waiting_fragments_min)
      enet_peer_send(peer, 0, enet_packet_create(message, bytes, ENET_PACKET_FLAG_RELIABLE));
    while (enet_host_service(host, &event, 1) > 0) continue;
  }
  enet_peer_disconnect_now(peer, 0);
  enet_host_flush(host);
  printf("{\"startedAtMs\":%.3f}\n", began_ms);
  return 0;
}

int main(int argc, char **argv) {
  if (enet_initialize() != 0) return 1;
  if (argc == 3 && strcmp(argv[1], "receive") == 0) return receive(argv[2]);
  if (argc == 7 && strcmp(argv[1], "send") == 0)
    return send_all(argv[2], atoi(argv[3]), (size_t)atol(argv[4]), atof(argv[5]), atof(argv[6]));
  fprintf(stderr, "usage: enet receive HOST | enet send HOST PORT BYTES START_MS DURATION_MS\n");
  return 2;
}
