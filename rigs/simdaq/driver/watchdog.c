/* The card's watchdog: lines go to their expiration states when it is not fed, and take no writes until it is cleared.
   As the X Series manual describes it (digital and PFI lines, not the analog outputs). */
#include <stdio.h>
#include <string.h>
#include "driver.h"

EXPORT int32_t DAQmxCreateTask(const char taskName[], TaskHandle *taskHandle);

EXPORT int32_t DAQmxCreateWatchdogTimerTaskEx(const char deviceName[], const char taskName[], TaskHandle *taskHandle, double timeout)
{
    int32_t code = DAQmxCreateTask(taskName, taskHandle);
    if (code)
        return code;
    Task *task = sim_task(*taskHandle);
    SimDevice *device = sim_device(deviceName);
    if (!device || !sim_cards[device->card].watchdog) {
        task->magic = 0;
        *taskHandle = NULL;
        return device ? sim_fail(ERR_WATCHDOG_NOT_SUPPORTED, "'%s' has no watchdog", deviceName)
                      : sim_fail(ERR_NO_SUCH_DEVICE, "There is no device '%s'", deviceName);
    }
    task->kind = KIND_WATCHDOG;
    task->watched = device;
    task->timeout_ns = (int64_t)(timeout * 1e9);
    return 0;
}

EXPORT int32_t DAQmxCfgWatchdogDOExpirStates(TaskHandle taskHandle, const char channelNames[], const int32_t expirStateArray[],
                                             uint32_t arraySize)
{
    ENTER();
    Task *task = TASK(taskHandle);
    Task lines = {.kind = KIND_NONE};
    int32_t code = sim_add_channels(&lines, KIND_DO, channelNames);
    if (code)
        return code;
    if (task->kind != KIND_WATCHDOG || arraySize != (uint32_t)lines.count)
        return sim_fail(ERR_INVALID_ATTRIBUTE_VALUE, "Task %s: %u states for %d lines", task->name, arraySize, lines.count);
    for (int i = 0; i < lines.count; i++)
        lines.channel[i].state = expirStateArray[i];
    memcpy(task->channel, lines.channel, sizeof lines.channel);
    task->count = lines.count;
    return 0;
}

EXPORT int32_t DAQmxControlWatchdogTask(TaskHandle taskHandle, int32_t action)
{
    ENTER();
    Task *task = TASK(taskHandle);
    if (task->kind != KIND_WATCHDOG)
        return sim_fail(ERR_INVALID_TASK, "Task %s is no watchdog", task->name);
    if (action == VAL_WATCHDOG_CLEAR)
        task->expired = false;
    if (task->expired)
        return sim_fail(ERR_WATCHDOG_EXPIRED, "The watchdog of %s has expired", task->watched->name);
    task->fed_ns = sim->now_ns;
    return 0;
}

void sim_watchdogs(void)
{
    int count;
    Task *tasks = sim_tasks(&count);
    for (int t = 0; t < count; t++) {
        Task *task = &tasks[t];
        if (!sim_task(task) || task->kind != KIND_WATCHDOG || !task->running || task->expired || task->timeout_ns < 0 ||
            sim->now_ns - task->fed_ns <= task->timeout_ns)
            continue;
        task->expired = true;
        for (int i = 0; i < task->count; i++)
            if (task->channel[i].state == VAL_LEVEL_HIGH || task->channel[i].state == VAL_LEVEL_LOW)
                task->channel[i].device->line[task->channel[i].port][task->channel[i].index] = task->channel[i].state == VAL_LEVEL_HIGH;
    }
}

bool sim_expired(const SimDevice *device)
{
    int count;
    Task *tasks = sim_tasks(&count);
    for (int t = 0; t < count; t++)
        if (sim_task(&tasks[t]) && tasks[t].kind == KIND_WATCHDOG && tasks[t].expired && tasks[t].watched == device)
            return true;
    return false;
}
