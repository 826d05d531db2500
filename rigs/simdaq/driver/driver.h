/* What the parts of the stand-in share. The functions that it exports have the names, arguments and results of the public
   NI-DAQmx C API; everything in here is our own. */
#ifndef SIMDAQ_DRIVER_H
#define SIMDAQ_DRIVER_H
#include <stdbool.h>
#include <stdint.h>
#include "cards.h"
#include "segment.h"

typedef void *TaskHandle;
#define EXPORT __attribute__((visibility("default")))

/* Constants of the API. */
enum {
    VAL_RSE = 10083, VAL_NRSE = 10078, VAL_DIFF = 10106, VAL_PSEUDO_DIFF = 12529, VAL_DEFAULT = -1,
    VAL_FINITE = 10178, VAL_CONTINUOUS = 10123, VAL_HW_SINGLE_POINT = 12522,
    VAL_GROUP_BY_CHANNEL = 0, VAL_LEVEL_HIGH = 10192, VAL_LEVEL_LOW = 10214,
    VAL_WATCHDOG_RESET = 0, VAL_WATCHDOG_CLEAR = 1,
};

/* Error codes of the API, as its documentation names them. */
enum {
    ERR_INVALID_ATTRIBUTE_VALUE = -200077, ERR_SAMPLE_RATE = -200077, ERR_INVALID_TASK = -200088, ERR_CHANNEL_TYPE = -200431,
    ERR_NO_SUCH_CHANNEL = -200170, ERR_NO_SUCH_DEVICE = -200220, ERR_READ_BUFFER = -200229, ERR_SAMPLES_GONE = -200279,
    ERR_SAMPLES_NOT_YET = -200284, ERR_TIMING_NOT_SUPPORTED = -200077, ERR_ATTRIBUTE_NOT_SUPPORTED = -200452,
    ERR_CHANNEL_TWICE = -200489, ERR_LINE_RESERVED = -200587, ERR_WATCHDOG_NOT_SUPPORTED = -200662,
    ERR_WATCHDOG_EXPIRED = -200678, ERR_NO_SAMPLE_CLOCK_WAIT = -200863, ERR_RESERVED = -50103, ERR_STRING_BUFFER = -200228,
};

typedef enum Kind { KIND_NONE, KIND_AI, KIND_AO, KIND_DI, KIND_DO, KIND_CI, KIND_WATCHDOG } Kind;
enum { TASK_CHANNELS = 128, TASK_NAME = 64 };

typedef struct Channel {
    SimDevice *device;
    int port;              /* digital only */
    int index;             /* channel, line or counter */
    double low, high;      /* range of the card that holds what was asked for */
    int32_t state;         /* watchdog: level at expiry */
} Channel;

typedef struct Task {
    uint64_t magic;
    char name[TASK_NAME];
    Kind kind;
    Channel channel[TASK_CHANNELS];
    int count;
    int32_t mode;          /* 0: on demand */
    double rate_Hz;
    bool running;
    int64_t next_ns;       /* sample clock, real pace */
    double *fifo;          /* continuous: `capacity` scans */
    uint64_t capacity, written, taken;
    double carry;          /* share of a sample that is due */
    SimDevice *watched;    /* watchdog */
    int64_t timeout_ns, fed_ns;
    bool expired;
} Task;

/* segment.c */
int32_t sim_enter(const char *function);                       /* counts the call; the injected error, or 0 */
int32_t sim_fail(int32_t code, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sim_latency(void);
int64_t sim_now_ns(void);
SimDevice *sim_device(const char *name);
void sim_step(int64_t periods);
/* task.c */
Task *sim_task(TaskHandle handle);                             /* NULL: not a task */
Task *sim_tasks(int *count);
int32_t sim_add_channels(Task *task, Kind kind, const char *names);
/* watchdog.c */
void sim_watchdogs(void);                                      /* lets those expire that were not fed */
bool sim_expired(const SimDevice *device);
/* timing.c */
void sim_sample(int64_t period_ns);                            /* continuous tasks sample what lies on the wires */
double sim_convert(const Channel *channel);                    /* V as the converter gives it */

#define ENTER() do { int32_t injected_ = sim_enter(__func__); if (injected_) return injected_; } while (0)
#define TASK(handle) sim_task(handle); \
    if (!task) return sim_fail(ERR_INVALID_TASK, "The task handle is not that of a task")
#endif
