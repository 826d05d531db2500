"""Everything that watches the balloon pump from the frames."""

from __future__ import annotations

from collections.abc import Mapping

from cext.tables.load import Value
from controller.session.augmentation_watch import AugmentationWatch
from controller.session.gas_watch import GasWatch
from controller.session.level_watch import level_watches
from controller.session.notice import Watch
from controller.session.trigger_watch import TriggerWatch


def balloon_watches(settings: Mapping[str, Value]) -> list[Watch]:
    """`settings`: as asked for, by path; a live view."""
    return [TriggerWatch(), GasWatch(), AugmentationWatch(settings), *level_watches(settings)]
