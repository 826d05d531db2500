/* Reads and writes: what the tick calls. */
#include <math.h>
#include <string.h>
#include "driver.h"

EXPORT int32_t DAQmxReadAnalogF64(TaskHandle taskHandle, int32_t numSampsPerChan, double timeout, uint32_t fillMode,
                                  double readArray[], uint32_t arraySizeInSamps, int32_t *sampsPerChanRead, uint32_t *reserved)
{
    (void)timeout, (void)reserved;
    ENTER();
    Task *task = TASK(taskHandle);
    if (task->kind != KIND_AI)
        return sim_fail(ERR_CHANNEL_TYPE, "Task %s has no analog inputs", task->name);
    sim_latency();
    uint64_t there = task->mode == VAL_CONTINUOUS ? task->written - task->taken : 1;
    uint64_t wanted = numSampsPerChan < 0 ? there : (uint64_t)numSampsPerChan;
    *sampsPerChanRead = 0;
    if (task->mode == VAL_CONTINUOUS && there > task->capacity)
        return sim_fail(ERR_SAMPLES_GONE, "%llu scans were overwritten before they were read", (unsigned long long)(there - task->capacity));
    if (wanted > there)
        return sim_fail(ERR_SAMPLES_NOT_YET, "%llu scans asked for, %llu are there", (unsigned long long)wanted, (unsigned long long)there);
    if (wanted * task->count > arraySizeInSamps)
        return sim_fail(ERR_READ_BUFFER, "The array holds %u samples, %llu are needed", arraySizeInSamps,
                        (unsigned long long)(wanted * task->count));
    for (uint64_t s = 0; s < wanted; s++)
        for (int i = 0; i < task->count; i++) {
            uint64_t at = fillMode == VAL_GROUP_BY_CHANNEL ? i * wanted + s : s * task->count + i;
            readArray[at] = task->mode == VAL_CONTINUOUS ? task->fifo[((task->taken + s) % task->capacity) * task->count + i]
                                                         : sim_convert(&task->channel[i]);
        }
    task->taken += wanted;
    *sampsPerChanRead = (int32_t)wanted;
    return 0;
}

EXPORT int32_t DAQmxGetReadAvailSampPerChan(TaskHandle taskHandle, uint32_t *data)
{
    ENTER();
    Task *task = TASK(taskHandle);
    uint64_t there = task->mode == VAL_CONTINUOUS ? task->written - task->taken : 1;
    *data = (uint32_t)there;
    return 0;
}

/* Values outside the channel's range are refused, and none of the others is written then. */
EXPORT int32_t DAQmxWriteAnalogF64(TaskHandle taskHandle, int32_t numSampsPerChan, uint32_t autoStart, double timeout,
                                   uint32_t dataLayout, const double writeArray[], int32_t *sampsPerChanWritten, uint32_t *reserved)
{
    (void)autoStart, (void)timeout, (void)dataLayout, (void)reserved;
    ENTER();
    Task *task = TASK(taskHandle);
    if (task->kind != KIND_AO || numSampsPerChan != 1)
        return sim_fail(ERR_CHANNEL_TYPE, "Task %s takes one sample for each analog output", task->name);
    sim_latency();
    for (int i = 0; i < task->count; i++)
        if (!(writeArray[i] >= task->channel[i].low && writeArray[i] <= task->channel[i].high))
            return sim_fail(ERR_INVALID_ATTRIBUTE_VALUE, "%s/ao%d takes %g V to %g V, not %g V", task->channel[i].device->name,
                            task->channel[i].index, task->channel[i].low, task->channel[i].high, writeArray[i]);
    for (int i = 0; i < task->count; i++)
        task->channel[i].device->ao_V[task->channel[i].index] = writeArray[i];
    if (sampsPerChanWritten)
        *sampsPerChanWritten = 1;
    return 0;
}

EXPORT int32_t DAQmxReadDigitalLines(TaskHandle taskHandle, int32_t numSampsPerChan, double timeout, uint32_t fillMode,
                                     uint8_t readArray[], uint32_t arraySizeInBytes, int32_t *sampsPerChanRead,
                                     int32_t *numBytesPerSamp, uint32_t *reserved)
{
    (void)timeout, (void)fillMode, (void)reserved;
    ENTER();
    Task *task = TASK(taskHandle);
    if (task->kind != KIND_DI || numSampsPerChan > 1 || (uint32_t)task->count > arraySizeInBytes)
        return sim_fail(ERR_CHANNEL_TYPE, "Task %s gives one sample of %d input lines", task->name, task->count);
    sim_latency();
    for (int i = 0; i < task->count; i++)
        readArray[i] = task->channel[i].device->line[task->channel[i].port][task->channel[i].index];
    *sampsPerChanRead = 1;
    *numBytesPerSamp = task->count;
    return 0;
}

EXPORT int32_t DAQmxWriteDigitalLines(TaskHandle taskHandle, int32_t numSampsPerChan, uint32_t autoStart, double timeout,
                                      uint32_t dataLayout, const uint8_t writeArray[], int32_t *sampsPerChanWritten, uint32_t *reserved)
{
    (void)autoStart, (void)timeout, (void)dataLayout, (void)reserved;
    ENTER();
    Task *task = TASK(taskHandle);
    if (task->kind != KIND_DO || numSampsPerChan != 1)
        return sim_fail(ERR_CHANNEL_TYPE, "Task %s takes one sample for %d output lines", task->name, task->count);
    sim_latency();
    for (int i = 0; i < task->count; i++)
        if ((i == 0 || task->channel[i].device != task->channel[i - 1].device) && sim_expired(task->channel[i].device))
            return sim_fail(ERR_WATCHDOG_EXPIRED, "The watchdog of %s has expired: its lines take no writes", task->channel[i].device->name);
    for (int i = 0; i < task->count; i++)
        task->channel[i].device->line[task->channel[i].port][task->channel[i].index] = writeArray[i] != 0;
    if (sampsPerChanWritten)
        *sampsPerChanWritten = 1;
    return 0;
}

EXPORT int32_t DAQmxReadCounterScalarU32(TaskHandle taskHandle, double timeout, uint32_t *value, uint32_t *reserved)
{
    (void)timeout, (void)reserved;
    ENTER();
    Task *task = TASK(taskHandle);
    if (task->kind != KIND_CI)
        return sim_fail(ERR_CHANNEL_TYPE, "Task %s has no counter", task->name);
    sim_latency();
    *value = (uint32_t)task->channel[0].device->edges[task->channel[0].index];   /* 32 bits: wraps as the card's does */
    return 0;
}
