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
}
