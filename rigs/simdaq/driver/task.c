/* Tasks: made, started, stopped, cleared. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "driver.h"

enum { TASKS = 256 };
#define TASK_MAGIC 0x6b736154515144ULL
static Task tasks[TASKS];
static int used;    /* none beyond this one is a task */

Task *sim_tasks(int *count)
{
    *count = used;
    return tasks;
}

Task *sim_task(TaskHandle handle)
{
    Task *task = handle;
    bool ours = task >= tasks && task < tasks + TASKS && ((char *)task - (char *)tasks) % sizeof(Task) == 0;
    return ours && task->magic == TASK_MAGIC ? task : NULL;
}

EXPORT int32_t DAQmxCreateTask(const char taskName[], TaskHandle *taskHandle)
{
    ENTER();
    for (int i = 0; i < TASKS; i++)
        if (tasks[i].magic != TASK_MAGIC) {
            memset(&tasks[i], 0, sizeof(Task));
            tasks[i].magic = TASK_MAGIC;
            used = i + 1 > used ? i + 1 : used;
            if (taskName && taskName[0])
                snprintf(tasks[i].name, TASK_NAME, "%s", taskName);
            else
                snprintf(tasks[i].name, TASK_NAME, "_unnamedTask<%d>", i);
            *taskHandle = &tasks[i];
            return 0;
        }
    return sim_fail(ERR_RESERVED, "No room for another task; %d exist", TASKS);
}

/* What a running task of this kind keeps others from on the same card: its converter, or its lines. */
static bool collides(const Task *a, const Task *b)
{
    if (a->kind != b->kind && !((a->kind == KIND_DI || a->kind == KIND_DO) && (b->kind == KIND_DI || b->kind == KIND_DO)))
        return false;
    for (int i = 0; i < a->count; i++)
        for (int j = 0; j < b->count; j++)
            if (a->channel[i].device == b->channel[j].device) {
                bool same = a->channel[i].port == b->channel[j].port && a->channel[i].index == b->channel[j].index;
                if (a->kind == KIND_AI || a->kind == KIND_AO || same)
                    return true;
            }
    return false;
}

static int32_t start(Task *task)
{
    if (task->running)
        return 0;
    if (!task->count && task->kind != KIND_WATCHDOG)
        return sim_fail(ERR_CHANNEL_TYPE, "Task %s has no channels", task->name);
    for (int i = 0; i < used; i++)
        if (tasks[i].magic == TASK_MAGIC && &tasks[i] != task && tasks[i].running && collides(task, &tasks[i])) {
            int32_t code = task->kind == KIND_DI || task->kind == KIND_DO ? ERR_LINE_RESERVED : ERR_RESERVED;
            return sim_fail(code, "What task %s needs on %s is reserved by task %s", task->name, task->channel[0].device->name,
                            tasks[i].name);
        }
    task->written = task->taken = 0;
    task->carry = 0.0;
    task->next_ns = sim_now_ns();
    task->fed_ns = sim->now_ns;
    task->running = true;
    return 0;
}

EXPORT int32_t DAQmxStartTask(TaskHandle taskHandle)
{
    ENTER();
    Task *task = TASK(taskHandle);
    return start(task);
}

EXPORT int32_t DAQmxStopTask(TaskHandle taskHandle)
{
    ENTER();
    Task *task = TASK(taskHandle);
    task->running = false;
    return 0;
}

/* Verify, commit, reserve, unreserve and abort need no more here than to tell whether the task is one. */
EXPORT int32_t DAQmxTaskControl(TaskHandle taskHandle, int32_t action)
{
    ENTER();
    Task *task = TASK(taskHandle);
    if (action == 0)
        return start(task);
    if (action == 1 || action == 6)
        task->running = false;
    return 0;
}

EXPORT int32_t DAQmxIsTaskDone(TaskHandle taskHandle, uint32_t *isTaskDone)
{
    ENTER();
    Task *task = TASK(taskHandle);
    *isTaskDone = !task->running;
    return 0;
}

/* The outputs keep what was written last, as those of a real card do. An injected error leaves the task cleared all the same. */
EXPORT int32_t DAQmxClearTask(TaskHandle taskHandle)
{
    int32_t injected = sim_enter(__func__);
    Task *task = TASK(taskHandle);
    task->magic = 0;
    task->running = false;
    free(task->fifo);
    task->fifo = NULL;
    while (used > 0 && tasks[used - 1].magic != TASK_MAGIC)
        used--;
    return injected;
}
