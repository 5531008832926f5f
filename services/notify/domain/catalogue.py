"""Every text that is shipped. An installation may publish others in their place (`publishing`)."""

from typing import Final

from services.notify.domain.templates import Catalogue
from services.notify.domain.texts.email_in_english import EMAIL_IN_ENGLISH
from services.notify.domain.texts.email_in_persian import EMAIL_IN_PERSIAN
from services.notify.domain.texts.sms_in_english import SMS_IN_ENGLISH
from services.notify.domain.texts.sms_in_persian import SMS_IN_PERSIAN

TEMPLATES: Final = (*SMS_IN_PERSIAN, *SMS_IN_ENGLISH, *EMAIL_IN_PERSIAN, *EMAIL_IN_ENGLISH)


def catalogue() -> Catalogue:
    """All that is shipped, checked. Raises TemplateError: a faulty text stops the start, not a citizen's message."""
    return Catalogue(TEMPLATES)
