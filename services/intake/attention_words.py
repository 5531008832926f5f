"""What an officer reads of a case in the work list of their desk: why it is there, and so what to do."""

from collections.abc import Mapping
from typing import Final

from services.intake.domain.case_parts import Attention

IN_WORDS: Final[Mapping[Attention, str]] = {
    Attention.PROMISE_BROKEN: "زمان تعیین‌شده گذشت و به آن عمل نشد",
    Attention.NO_OFFICE_LEFT: (
        "هیچ‌یک از دفترهای پیشخوانی که متقاضی به آن‌ها فرستاده شد دیگر نمی‌تواند کارش را بپذیرد؛ "
        "او را خبر کنید که به میز بیاید"
    ),
    Attention.REDIRECT_LAPSED: "مهلت مراجعه به دفتر پیشخوان گذشت",
    Attention.TELL_CITIZEN: "نتیجه را به متقاضی بگویید؛ پیامک به او نرسیده است",
    Attention.TELL_OVERDUE: "نتیجه به‌موقع گفته نشد؛ مسئول میز ببیند",
    Attention.REMIND_TO_COLLECT: "به متقاضی یادآوری کنید که نتیجه آمادهٔ تحویل است",
    Attention.VISIT_WARNED: "مراجعه در زمان تعیین‌شده ممکن نیست؛ زمان تازه‌ای با متقاضی بگذارید",
    Attention.TELL_NEW_TIME: "زمان تازه را به متقاضی بگویید؛ پیامک به او نرسیده است",
    Attention.LEGAL_RISK: "بیم آن است که پاسخ از مهلت قانونی بگذرد؛ مسئول میز ببیند",
    Attention.EXTENDED_TWICE: "زمان پاسخ دو بار تمدید شده است و دیگر تمدید نمی‌شود",
    Attention.REMIND_OF_DOCUMENTS: "به متقاضی یادآوری کنید که مدرک خواسته شده است",
    Attention.NO_COMPETENCE: "واحد می‌گوید رسیدگی به این درخواست با او نیست",
    Attention.UNIT_PROPOSES: "واحد زمانی برای دیدار متقاضی پیشنهاد کرده است؛ از او بپرسید و به واحد پاسخ دهید",
    Attention.SEND_TO_UNIT: "واحد زمان دیدار متقاضی را تأیید کرده است؛ پیش از آن ارجاع را بنویسید",
    Attention.APPROVE_REFERRAL: "ارجاع متقاضی به واحد منتظر تأیید مسئول میز است",
    Attention.UNIT_DECLINED: "واحد برای متقاضی وقتی ندارد یا کار با او نیست؛ دوباره یا از واحد دیگری بپرسید",
    Attention.UNIT_SILENT: "واحد در مهلت خود به پرسش میز پاسخ نداد؛ دوباره بپرسید",
    Attention.SLOT_UNUSED: "وقتی که واحد نگه داشته بود گذشت و متقاضی فرستاده نشد؛ دوباره بپرسید",
    Attention.REBOOK: "متقاضی در زمان تعیین‌شده به واحد نرفت؛ یک بار دیگر برایش وقت بگیرید",
    Attention.MISSED_AGAIN: "متقاضی بار دیگر هم به واحد نرفت و وعدهٔ پاسخ برداشته شد؛ تکلیف درخواست را روشن کنید",
    Attention.REFERRAL_OFF: "واحد دیدار متقاضی را لغو کرد یا آن زمان باز نبود؛ برایش وقت تازه بگیرید",
    Attention.TELL_REFERRAL: "به متقاضی بگویید که به واحد برود یا دیگر لازم نیست برود؛ پیامک به او نرسیده است",
}
