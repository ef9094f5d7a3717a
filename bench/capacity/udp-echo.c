/* A UDP socket that sends each datagram back to where it came from, many per system call: what the
 * kernel takes for an echo, whatever a protocol does. No protocol, no cipher, no state.
 *
 *   udp-echo BUFFER_BYTES
 *             prints its port; for each line of its input, its CPU time in microseconds; ends with
 *             its input
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* As many, and as long, as Paperclip's own batches are. */
enum { batch = 64, datagram_bytes_max = 1500 };

static struct mmsghdr headers[batch];
static struct iovec parts[batch];
static struct sockaddr_in peers[batch];
static char bytes[batch][datagram_bytes_max];

static double cpu_us(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 + used.ru_utime.tv_usec +
         used.ru_stime.tv_usec;
}

static int open_socket(int buffer_bytes) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof at;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
  if (bind(fd, (struct sockaddr *)&at, length) != 0) return -1;
  if (getsockname(fd, (struct sockaddr *)&at, &length) != 0) return -1;
  printf("%d\n", ntohs(at.sin_port));
  fflush(stdout);
  return fd;
}

static void send_back(int fd, int count) {
  for (int i = 0; i < count; i++) parts[i].iov_len = headers[i].msg_len;
  for (int sent = 0; sent < count;) {
    int taken = sendmmsg(fd, headers + sent, (unsigned)(count - sent), MSG_DONTWAIT);
    /* A full buffer or an error of the socket: that datagram is lost. */
    sent += taken > 0 ? taken : 1;
  }
}

static void echo(int fd) {
  for (int count = batch; count == batch;) {
    for (int i = 0; i < batch; i++) {
      parts[i].iov_len = datagram_bytes_max;
      headers[i].msg_hdr.msg_namelen = sizeof peers[i];
    }
    count = recvmmsg(fd, headers, batch, MSG_DONTWAIT, NULL);
    if (count > 0) send_back(fd, count);
  }
}

/* False at the end of the input. */
static int answer(void) {
  char asked[64];
  ssize_t length = read(STDIN_FILENO, asked, sizeof asked);
  for (ssize_t i = 0; i < length; i++)
    if (asked[i] == '\n') printf("%.0f\n", cpu_us());
  fflush(stdout);
  return length > 0;
}

int main(int argc, char **argv) {
  int fd = argc == 2 ? open_socket(atoi(argv[1])) : -1;
  if (fd < 0) {
    fprintf(stderr, "usage: udp-echo BUFFER_BYTES\n");
    return 2;
  }
  for (int i = 0; i < batch; i++) {
    parts[i].iov_base = bytes[i];
    headers[i].msg_hdr =
        (struct msghdr){.msg_name = &peers[i], .msg_iov = &parts[i], .msg_iovlen = 1};
  }
  int epoll = epoll_create1(0);
  struct epoll_event of_socket = {.events = EPOLLIN, .data.fd = fd};
  struct epoll_event of_input = {.events = EPOLLIN, .data.fd = STDIN_FILENO};
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &of_socket);
  epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &of_input);
  for (;;) {
    struct epoll_event events[2];
    int count = epoll_wait(epoll, events, 2, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.fd == fd) echo(fd);
      else if (!answer()) return 0;
    }
  }
}
