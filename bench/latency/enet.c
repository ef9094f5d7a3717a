/* ENet (Debian's libenet-dev) in the latency benchmark: reliable, ordered packets over UDP, not
 * encrypted, at a steady rate on several connections. `enet.ts` compiles and drives it.
 *
 *   enet receive HOST LINKS WARMUP     prints its port; ends when all peers have disconnected, then
 *                                      prints the one-way times of what counts, in milliseconds
 *   enet send HOST PORT LINKS HZ BYTES MESSAGES   prints what it sent
 *
 * A message begins with the time it was sent (double) and its number on its connection (uint32).
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

static int receive(const char *bind_host, size_t links, unsigned warm_up) {
  ENetAddress address;
  enet_address_set_host(&address, bind_host);
  address.port = ENET_PORT_ANY;
  ENetHost *host = enet_host_create(&address, links, 1, 0, 0);
  if (host == NULL) return 1;
  enet_socket_get_address(host->socket, &address);
  printf("%d\n", address.port);
  fflush(stdout);

  size_t count = 0, capacity = 1 << 16, gone = 0;
  double *times = malloc(capacity * sizeof *times);
  /* Without a connection for so long, the other side is not coming any more. */
  double silent_ms_max = 15000, heard_ms = now_ms();
  while (gone < links && now_ms() - heard_ms < silent_ms_max) {
    ENetEvent event;
    /* Acknowledgements leave within the call, so it comes back at once after each event. */
    if (enet_host_service(host, &event, 1) <= 0) continue;
    heard_ms = now_ms();
    if (event.type == ENET_EVENT_TYPE_RECEIVE) {
      double sent_ms;
      enet_uint32 index;
      memcpy(&sent_ms, event.packet->data, sizeof sent_ms);
      memcpy(&index, event.packet->data + 8, sizeof index);
      if (index >= warm_up) {
        if (count == capacity) times = realloc(times, (capacity *= 2) * sizeof *times);
        times[count++] = heard_ms - sent_ms;
      }
      enet_packet_destroy(event.packet);
    } else if (event.type == ENET_EVENT_TYPE_DISCONNECT) {
      gone += 1;
    }
  }
  printf("[");
  for (size_t i = 0; i < count; i++) printf(i == 0 ? "%.3f" : ",%.3f", times[i]);
  printf("]\n");
  free(times);
  enet_host_destroy(host);
  return 0;
}

static int send_all(const char *to, int port, size_t links, double hz, size_t bytes, long messages) {
  ENetHost *host = enet_host_create(NULL, links, 1, 0, 0);
  ENetAddress address;
  enet_address_set_host(&address, to);
  address.port = (enet_uint16)port;
  ENetPeer **peers = calloc(links, sizeof *peers);
  for (size_t i = 0; i < links; i++) peers[i] = enet_host_connect(host, &address, 1, 0);
  ENetEvent event;
  for (size_t connected = 0; connected < links;) {
    if (enet_host_service(host, &event, 5000) <= 0) return 1;
    if (event.type == ENET_EVENT_TYPE_CONNECT) connected += 1;
  }

  enet_uint8 *message = calloc(1, bytes);
  double start_ms = now_ms(), interval_ms = 1000.0 / hz;
  long *sent = calloc(links, sizeof *sent);
  for (long left = messages * (long)links; left > 0;) {
    for (size_t i = 0; i < links; i++) {
      /* The connections take turns within an interval. */
      double due_ms = start_ms + interval_ms * (sent[i] + (double)i / links);
      if (sent[i] == messages || now_ms() < due_ms) continue;
      double at_ms = now_ms();
      enet_uint32 index = (enet_uint32)sent[i];
      memcpy(message, &at_ms, sizeof at_ms);
      memcpy(message + 8, &index, sizeof index);
      enet_peer_send(peers[i], 0, enet_packet_create(message, bytes, ENET_PACKET_FLAG_RELIABLE));
      sent[i] += 1;
      left -= 1;
    }
    enet_host_flush(host);
    while (enet_host_service(host, &event, 1) > 0) continue;
  }
  for (size_t i = 0; i < links; i++) enet_peer_disconnect_later(peers[i], 0);
  double until_ms = now_ms() + 5000;
  for (size_t gone = 0; gone < links && now_ms() < until_ms;)
    if (enet_host_service(host, &event, 10) > 0 && event.type == ENET_EVENT_TYPE_DISCONNECT)
      gone += 1;
  printf("{\"bytesSent\":%u}\n", host->totalSentData);
  enet_host_destroy(host);
  return 0;
}

int main(int argc, char **argv) {
  if (enet_initialize() != 0) return 1;
  if (argc == 5 && strcmp(argv[1], "receive") == 0)
    return receive(argv[2], (size_t)atol(argv[3]), (unsigned)atol(argv[4]));
  if (argc == 8 && strcmp(argv[1], "send") == 0)
    return send_all(argv[2], atoi(argv[3]), (size_t)atol(argv[4]), atof(argv[5]),
                    (size_t)atol(argv[6]), atol(argv[7]));
  fprintf(stderr, "usage: enet receive HOST LINKS WARMUP | enet send HOST PORT LINKS HZ BYTES MESSAGES\n");
  return 2;
}
