"""How a test keeps what it changes on a joined machine from being put back at once."""

from __future__ import annotations

STOP_UPKEEP = "systemctl stop meshx-upkeep.path meshx-upkeep.timer"
START_UPKEEP = "systemctl start meshx-upkeep.path meshx-upkeep.timer"
