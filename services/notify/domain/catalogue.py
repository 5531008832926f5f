"""Every text this service may send. The code comes first, then the date with its weekday (domain 8).

A changed text is a new entry with the next version; the old one stays until no message made with it is under way. Which
of them says what of a case: `wording`.
"""

from typing import Final

from services.notify.domain.notices import Notice, Purpose
from services.notify.domain.templates import Catalogue, Template

TEMPLATES: Final = (
    Template(
        "registered",
        1,
        Notice.REGISTERED,
        Purpose.SERVICE,
        "کد رهگیری {code}\nپاسخ: {promised}\n{service}\nپیگیری: {phone}",
    ),
    Template(
        "redirected",
        1,
        Notice.REDIRECTED,
        Purpose.SERVICE,
        "کد {code}\nتا {lapse} به پیشخوان، با شناسه:\n{reference}",
    ),
    Template(
        "redirect-lapsed",
        1,
        Notice.REDIRECT_LAPSED,
        Purpose.SERVICE,
        "کد {code}\nتا {ending} به میز خدمت یا پیشخوان بروید؛ پس از آن درخواست پایان می‌یابد.",
    ),
    Template(
        "extended",
        1,
        Notice.EXTENDED,
        Purpose.SERVICE,
        "کد {code}\nپاسخ: {redated}\nزمان تمدید شد؛ پوزش می‌خواهیم.\n{service}",
    ),
    Template(
        "re-dated",
        1,
        Notice.RE_DATED,
        Purpose.SERVICE,
        "کد {code}\nزمان تازه: {redated}\nبه سبب تغییر روزهای کاری؛ دیگر درخواست‌های شما در صفحهٔ پیگیری.",
    ),
    Template(
        "re-dated",
        2,
        Notice.RE_DATED,
        Purpose.SERVICE,
        "کد {code}\nزمان تازهٔ پاسخ: {redated}\nبه سبب تغییر روزهای کاری؛ دیگر زمان‌های شما در صفحهٔ پیگیری.",
    ),
    Template(
        "goes-on",
        1,
        Notice.RE_DATED,
        Purpose.SERVICE,
        "کد {code}\nپاسخ: {redated}\nرسیدگی به «{service}» از سر گرفته شد.",
    ),
    Template(
        "documents-missing",
        1,
        Notice.INCOMPLETE,
        Purpose.LEGAL,
        "کد {code}\nتا {documents} به میز خدمت بیاورید:\n{count} مدرک برای «{service}»؛ فهرست در صفحهٔ پیگیری",
    ),
    Template(
        "suspended-for-documents",
        1,
        Notice.SUSPENDED,
        Purpose.LEGAL,
        "کد {code}\nتا {documents} به میز خدمت بیاورید:\n{count} مدرک برای «{service}»؛ فهرست در صفحهٔ پیگیری. "
        "رسیدگی تا آن زمان می‌ایستد.",
    ),
    Template(
        "suspended",
        1,
        Notice.SUSPENDED,
        Purpose.SERVICE,
        "کد {code}\n«{service}» {why} ایستاد؛ زمان تازه را خبر می‌دهیم.",
    ),
    Template(
        "resumed",
        1,
        Notice.RESUMED,
        Purpose.SERVICE,
        "کد {code}\nپاسخ: {promised}\nرسیدگی به «{service}» از سر گرفته شد.",
    ),
    Template(
        "documents-reminder",
        1,
        Notice.DOCUMENTS_REMINDER,
        Purpose.LEGAL,
        "کد {code}\nتا {documents} {count} مدرک بیاورید؛ فهرست در صفحهٔ پیگیری. پس از مهلت، درخواست پایان می‌یابد.",
    ),
    Template(
        "delay-apology",
        1,
        Notice.DELAY_APOLOGY,
        Purpose.SERVICE,
        "کد {code}\nپاسخ {promised} آماده نشد؛ پوزش می‌خواهیم.\n{responsible} {phone}",
    ),
    Template(
        "delay-apology",
        2,
        Notice.DELAY_APOLOGY,
        Purpose.SERVICE,
        "کد {code}\nبا پوزش، وعدهٔ پاسخ {promised} برآورده نشد.\n{responsible} {phone}",
    ),
    Template(
        "next-visit",
        1,
        Notice.VISIT,
        Purpose.SERVICE,
        "کد {code}\nمراجعه به میز خدمت: {visit}\n{service}\n{phone}",
    ),
    Template(
        "appointment",
        1,
        Notice.VISIT,
        Purpose.SERVICE,
        "کد {code}\nنوبت میز خدمت: {visit}\n{service}\n{phone}",
    ),
    Template(
        "visit-moved",
        1,
        Notice.VISIT_MOVED,
        Purpose.SERVICE,
        "کد {code}\nزمان تازهٔ مراجعه: {visit}\nپوزش می‌خواهیم.\n{service}",
    ),
    Template(
        "visit-off",
        1,
        Notice.VISIT_OFF,
        Purpose.SERVICE,
        "کد {code}\nمراجعهٔ {visit} ممکن نیست؛ پوزش می‌خواهیم.\nبرای زمان تازه: {phone}",
    ),
    Template(
        "visit-moved-by-closure",
        1,
        Notice.VISIT_MOVED,
        Purpose.SERVICE,
        "کد {code}\nزمان تازهٔ مراجعه: {visit}\nبه سبب تغییر روزهای کاری؛ دیگر زمان‌های شما در صفحهٔ پیگیری.",
    ),
    Template(
        "visit-off-by-closure",
        1,
        Notice.VISIT_OFF,
        Purpose.SERVICE,
        "کد {code}\nمراجعهٔ {visit} ممکن نیست. زمان تازه: {phone}\nدیگر زمان‌های شما در صفحهٔ پیگیری.",
    ),
    Template(
        "visit-off-by-closure",
        2,
        Notice.VISIT_OFF,
        Purpose.SERVICE,
        "کد {code}\nبا پوزش، مراجعهٔ {visit} ممکن نیست.\nبرای زمان تازه: {phone}\nبقیه: صفحهٔ پیگیری",
    ),
    Template(
        "visit-reinstated",
        1,
        Notice.VISIT_REINSTATED,
        Purpose.SERVICE,
        "کد {code}\nمراجعهٔ {visit} برقرار است؛ پیام پیشین را نادیده بگیرید.\n{phone}",
    ),
    Template(
        "visit-shortened",
        1,
        Notice.VISIT_SHORTENED,
        Purpose.SERVICE,
        "کد {code}\nمراجعهٔ {visit}: میز خدمت آن روز تنها تا {closing} باز است.\nدیگر زمان‌ها در صفحهٔ پیگیری.",
    ),
    Template(
        "documents-postponed",
        1,
        Notice.DOCUMENTS_POSTPONED,
        Purpose.SERVICE,
        "کد {code}\nمهلت تازهٔ آوردن مدرک: {documents}\nبه سبب تغییر روزهای کاری؛ دیگر زمان‌ها در صفحهٔ پیگیری.",
    ),
    Template(
        "visit-apology",
        1,
        Notice.VISIT_APOLOGY,
        Purpose.SERVICE,
        "کد {code}\nمیز خدمت {visit} باز نبود؛ پوزش می‌خواهیم.\nبرای زمان تازه: {phone}",
    ),
    Template(
        "result-granted",
        1,
        Notice.RESULT_READY,
        Purpose.SERVICE,
        "کد رهگیری {code}\nبا درخواست «{service}» موافقت شد.\nنیازی به مراجعه نیست.",
    ),
    Template(
        "result-collect",
        1,
        Notice.RESULT_READY,
        Purpose.SERVICE,
        "کد رهگیری {code}\n«{service}» آماده است.\nبا کارت شناسایی به میز خدمت بیایید. {phone}",
    ),
    Template(
        "result-collect",
        2,
        Notice.RESULT_READY,
        Purpose.SERVICE,
        "کد {code}\nنتیجهٔ «{service}» آماده است.\nبا کارت شناسایی به میز خدمت بیایید. {phone}",
    ),
    Template(
        "result-refused",
        1,
        Notice.RESULT_READY,
        Purpose.LEGAL,
        "کد رهگیری {code}\nبا «{service}» موافقت نشد.\n{objection}",
    ),
    Template(
        "result-partial",
        1,
        Notice.RESULT_READY,
        Purpose.LEGAL,
        "کد رهگیری {code}\nبا بخشی از «{service}» موافقت شد.\n{objection}",
    ),
    Template(
        "result-partial-collect",
        1,
        Notice.RESULT_READY,
        Purpose.LEGAL,
        "کد {code}\nپذیرش بخشی از «{service}»؛ از میز بگیرید.\n{objection}",
    ),
    Template(
        "done-on-spot",
        1,
        Notice.DONE_ON_SPOT,
        Purpose.SERVICE,
        "کد رهگیری {code}\n«{service}» در میز خدمت انجام شد.",
    ),
    Template(
        "refused-on-spot",
        1,
        Notice.DONE_ON_SPOT,
        Purpose.LEGAL,
        "کد {code}\nبا «{service}» در میز موافقت نشد.\n{objection}",
    ),
    Template(
        "partial-on-spot",
        1,
        Notice.DONE_ON_SPOT,
        Purpose.LEGAL,
        "کد {code}\nبا بخشی از «{service}» در میز موافقت شد.\n{objection}",
    ),
    Template(
        "collection-reminder",
        1,
        Notice.COLLECTION_REMINDER,
        Purpose.SERVICE,
        "کد {code}\nتا {collect} از میز خدمت بگیرید:\n{service}\n{phone}",
    ),
    Template(
        "objected",
        1,
        Notice.OBJECTED,
        Purpose.SERVICE,
        "کد {code}\nپاسخ اعتراض: {promised}\n{service}\nبررسی با کارشناسی دیگر.",
    ),
    Template(
        "reopened",
        1,
        Notice.REOPENED,
        Purpose.SERVICE,
        "کد {code}\nپاسخ: {promised}\nبررسی دوباره: {service}\n{phone}",
    ),
    Template(
        "withdrawn",
        1,
        Notice.WITHDRAWN,
        Purpose.SERVICE,
        "کد {code}\n«{service}» به خواست شما پس گرفته شد.\nاگر نخواسته‌اید خبر دهید: {phone}",
    ),
    Template(
        "withdrawn",
        2,
        Notice.WITHDRAWN,
        Purpose.SERVICE,
        "کد {code}\nدرخواست «{service}» را پس گرفتید.\nاگر نخواسته‌اید خبر دهید: {phone}",
    ),
    Template(
        "duplicate",
        1,
        Notice.DUPLICATE,
        Purpose.SERVICE,
        "کد {code}\nاین درخواست با درخواست دیگر شما یکی شد.\nپیگیری با کد {other}\n{service}",
    ),
)


def catalogue() -> Catalogue:
    """All templates, checked. Raises TemplateError: a faulty text stops the start, not a citizen's message."""
    return Catalogue(TEMPLATES)
