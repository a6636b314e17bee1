"""Every fifteen seconds: have the record signed when that is due."""

import logging

from django.utils import timezone
from procrastinate.contrib.django import app

from conglang.wire.audit import AuditError
from conglang.wire.release import SignerUnavailable

from .checkpointing import HistoryDiffers, checkpoint, note_keys, signer, tell

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * * */15")
@app.task(name="audit.checkpoint", queue="sweeping")
def sign_the_record(timestamp: int) -> None:
    """Ask the signer for a checkpoint. A record that is not the one he knows is an alarm, never mended here."""
    now = timezone.now()
    note_keys()
    try:
        checkpoint(signer(), at=now)
    except SignerUnavailable as waits:
        logger.warning("The audit record waits for its checkpoint: %s", waits)
        tell(now, trouble="signer")
    except (HistoryDiffers, AuditError) as alarm:
        logger.error("The audit record is not the one that was signed: %s", alarm)
        tell(now, trouble=str(alarm))
    else:
        tell(now)
