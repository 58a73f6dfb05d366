"""Qt's own messages: kept in the log without their words, which may quote what was typed."""

from __future__ import annotations

import logging
import os
import sys

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

log = logging.getLogger(__name__)

UNWANTED = frozenset({QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg})


def install_message_log() -> None:
    """Hear Qt's messages from now on. YIZHAN_QT_MESSAGES=1 also writes them to standard error."""
    qInstallMessageHandler(_log_qt)


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    """Keep Qt's warnings in the log, without their words: those may quote what was typed."""
    if kind not in UNWANTED:
        log.warning("qt: %s, %d characters", context.category or "default", len(message))
        if os.environ.get("YIZHAN_QT_MESSAGES"):
            sys.stderr.write(f"{message}\n")
