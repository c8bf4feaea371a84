#include <mosquitto.h>
#include <mqtt_protocol.h>
/* Wakes a thread that polls a broker's socket; Glibc's Swift module lacks it. */
#include <sys/eventfd.h>
