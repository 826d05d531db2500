"""Was a console's timing right? Any maker's, from ECG, aortic pressure and, where there is one, balloon pressure."""

from controller.audit.auditing import Audit, AuditedBeat, audit
from controller.audit.labels import LABELS, label_of

__all__ = ["LABELS", "Audit", "AuditedBeat", "audit", "label_of"]
