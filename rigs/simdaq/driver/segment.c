/* State of the library, and the door for those who stand behind it: plant, latency, injected errors. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "driver.h"

static SimSegment fallback;             /* only if there is no shared memory: everything still works within the process */
SimSegment *sim = &fallback;
static int segment_fd = -1;
static SimStep step_plant;
static void *step_context;
static int64_t step_period_ns = 1000000;
static _Thread_local char last_error[1024];

EXPORT int32_t mockloop_simdaq_install(const char *name, const char *product);

__attribute__((constructor)) static void begin(void)
{
    segment_fd = memfd_create("mockloop-simdaq", MFD_CLOEXEC);
    if (segment_fd >= 0 && ftruncate(segment_fd, sizeof(SimSegment)) == 0) {
        void *memory = mmap(NULL, sizeof(SimSegment), PROT_READ | PROT_WRITE, MAP_SHARED, segment_fd, 0);
        if (memory != MAP_FAILED)
            sim = memory;
    }
    sim->magic = SIM_MAGIC;
    mockloop_simdaq_install("Dev1", "PCIe-6363");
}

/* -- the door: none of these belongs to the API of the real driver */

EXPORT int32_t mockloop_simdaq_abi(void) { return 1; }
EXPORT SimSegment *mockloop_simdaq_segment(void) { return sim; }
EXPORT int32_t mockloop_simdaq_fd(void) { return segment_fd; }

/* Puts a card of this product ("PCIe-6363") under this device name, with nothing on its wires. -1: no such card, or no place. */
EXPORT int32_t mockloop_simdaq_install(const char *name, const char *product)
{
    SimDevice *place = sim_device(name);
    for (int i = 0; i < SIM_DEVICES && !place; i++)
        if (!sim->device[i].name[0])
            place = &sim->device[i];
    for (int card = 0; place && card < sim_card_count; card++)
        if (!strcmp(sim_cards[card].product + strlen("SIMULATED "), product)) {
            memset(place, 0, sizeof *place);
            snprintf(place->name, sizeof place->name, "%s", name);
            place->card = card;
            return 0;
        }
    return -1;
}

/* Takes every card away, forgets injected errors and the plant. Tasks stay: they are their makers' to clear. */
EXPORT void mockloop_simdaq_reset(void)
{
    memset(sim, 0, sizeof *sim);
    sim->magic = SIM_MAGIC;
    step_plant = NULL;
}

EXPORT void mockloop_simdaq_attach(SimStep step, void *context, int64_t period_ns)
{
    step_plant = step;
    step_context = context;
    step_period_ns = period_ns;
}

/* Called by the plant after each of its steps: time passes on the cards. */
EXPORT void mockloop_simdaq_passed(int64_t period_ns)
{
    sim->now_ns += period_ns;
    sim_sample(period_ns);
    sim_watchdogs();
}

/* -- for the other parts */

void sim_step(int64_t periods)
{
    if (step_plant)
        step_plant(step_context, periods);
    else
        for (int64_t i = 0; i < periods; i++)
            mockloop_simdaq_passed(step_period_ns);
}

int64_t sim_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

SimDevice *sim_device(const char *name)
{
    for (int i = 0; i < SIM_DEVICES; i++)
        if (sim->device[i].name[0] && !strcmp(sim->device[i].name, name))
            return &sim->device[i];
    return NULL;
}

int32_t sim_fail(int32_t code, const char *format, ...)
{
    va_list arguments;
    int used = snprintf(last_error, sizeof last_error, "SIMULATED driver: ");
    va_start(arguments, format);
    used += vsnprintf(last_error + used, sizeof last_error - used, format, arguments);
    va_end(arguments);
    if (used < (int)sizeof last_error)
        snprintf(last_error + used, sizeof last_error - used, ".\n\nStatus Code: %d", (int)code);
    return code;
}

int32_t sim_enter(const char *function)
{
    uint64_t call = __atomic_add_fetch(&sim->calls, 1, __ATOMIC_RELAXED);
    if (sim->fail_at && call >= sim->fail_at && call < sim->fail_at + sim->fail_count)
        return sim_fail((int32_t)sim->fail_code, "Injected error in %s, call %llu", function, (unsigned long long)call);
    return 0;
}

void sim_latency(void)
{
    if (sim->latency_ns <= 0)
        return;
    struct timespec span = {.tv_sec = sim->latency_ns / 1000000000, .tv_nsec = sim->latency_ns % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &span, NULL);
}

/* -- error texts */

static int32_t copy_text(const char *text, char *to, uint32_t size)
{
    if (size == 0)
        return (int32_t)strlen(text) + 1;
    snprintf(to, size, "%s", text);
    return 0;
}

EXPORT int32_t DAQmxGetExtendedErrorInfo(char errorString[], uint32_t bufferSize)
{
    char text[sizeof last_error];
    snprintf(text, sizeof text, "%s", last_error);   /* an injected error must not overwrite what is asked for */
    int32_t injected = sim_enter(__func__);
    snprintf(last_error, sizeof last_error, "%s", text);
    return injected ? injected : copy_text(text, errorString, bufferSize);
}

EXPORT int32_t DAQmxGetErrorString(int32_t errorCode, char errorString[], uint32_t bufferSize)
{
    char text[96];
    ENTER();
    snprintf(text, sizeof text, "SIMULATED driver: status code %d", (int)errorCode);
    return copy_text(text, errorString, bufferSize);
}
