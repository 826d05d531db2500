/* The sample clock: when a task samples, and how long a caller waits for it. */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>
#include "driver.h"

EXPORT int32_t DAQmxCfgSampClkTiming(TaskHandle taskHandle, const char source[], double rate, int32_t activeEdge, int32_t sampleMode,
                                     uint64_t sampsPerChan)
{
    (void)source, (void)activeEdge;
    ENTER();
    Task *task = TASK(taskHandle);
    if (!task->count || task->kind != KIND_AI)
        return sim_fail(ERR_TIMING_NOT_SUPPORTED, "The stand-in has a sample clock for analog inputs only");
    const Card *card = &sim_cards[task->channel[0].device->card];
    double most = task->count > 1 ? card->ai_multi_Hz / task->count : card->ai_single_Hz;
    if (!(rate > 0.0) || rate > most)
        return sim_fail(ERR_SAMPLE_RATE, "%s samples %d channels with at most %g Hz, not %g Hz", card->product, task->count, most, rate);
    if (sampleMode == VAL_HW_SINGLE_POINT && !card->single_point)
        return sim_fail(ERR_TIMING_NOT_SUPPORTED, "%s has no hardware-timed single point", card->product);
    if (sampleMode == VAL_CONTINUOUS) {
        /* Least size of the buffer as the API documents it: 1 k scans up to 100 Hz, 10 k up to 10 kHz, 100 k above. */
        uint64_t least = rate <= 100.0 ? 1000 : rate <= 10e3 ? 10000 : 100000;
        task->capacity = sampsPerChan > least ? sampsPerChan : least;
        free(task->fifo);
        task->fifo = calloc(task->capacity * task->count, sizeof(double));
        if (!task->fifo)
            return sim_fail(ERR_READ_BUFFER, "No memory for a buffer of %llu scans", (unsigned long long)task->capacity);
    }
    task->mode = sampleMode;
    task->rate_Hz = rate;
    return 0;
}

EXPORT int32_t DAQmxWaitForNextSampleClock(TaskHandle taskHandle, double timeout, uint32_t *isLate)
{
    (void)timeout;
    ENTER();
    Task *task = TASK(taskHandle);
    if (task->mode != VAL_HW_SINGLE_POINT || !task->running)
        return sim_fail(ERR_NO_SAMPLE_CLOCK_WAIT, "Task %s is not running with hardware-timed single point", task->name);
    int64_t period_ns = (int64_t)llround(1e9 / task->rate_Hz), periods = 1;
    if (sim->real_pace) {
        int64_t now_ns = sim_now_ns();
        task->next_ns += period_ns;
        if (now_ns >= task->next_ns + period_ns) {
            periods += (now_ns - task->next_ns) / period_ns;
            task->next_ns += (periods - 1) * period_ns;
        }
        struct timespec until = {.tv_sec = task->next_ns / 1000000000, .tv_nsec = task->next_ns % 1000000000};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
            ;
    }
    sim_step(periods);
    if (isLate)
        *isLate = periods > 1;
    return 0;
}

/* The converter reaches 5 % beyond its range, as the X Series manual gives its steps (table 4-1), and clips there. */
double sim_convert(const Channel *channel)
{
    double low = 1.05 * channel->low, high = 1.05 * channel->high;
    double lsb = (high - low) / (double)(1ULL << sim_cards[channel->device->card].ai_bits);
    double volts = channel->device->ai_V[channel->index];
    if (!isfinite(volts))
        return volts < 0.0 ? low : high;   /* an open input drifts to a rail */
    volts = fmin(fmax(volts, low), high - lsb);
    return round(volts / lsb) * lsb;
}

void sim_sample(int64_t period_ns)
{
    int count;
    Task *tasks = sim_tasks(&count);
    for (int t = 0; t < count; t++) {
        Task *task = &tasks[t];
        if (!sim_task(task) || !task->running || task->mode != VAL_CONTINUOUS)
            continue;
        for (task->carry += task->rate_Hz * (double)period_ns * 1e-9; task->carry >= 1.0 - 1e-9; task->carry -= 1.0) {
            double *scan = task->fifo + (task->written % task->capacity) * task->count;
            for (int i = 0; i < task->count; i++)
                scan[i] = sim_convert(&task->channel[i]);
            task->written++;
        }
    }
}
