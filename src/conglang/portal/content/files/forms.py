"""The upload fields of the desk: on every screen that takes a file, the same examination and the same words."""

from typing import Any

from django.core.exceptions import ValidationError
from django.forms.fields import FileField
from django.utils.translation import gettext as _
from wagtail.documents.fields import WagtailDocumentField
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from conglang.portal.content.approval.queries import FILE_WORDS, is_agreed

from .door import admit, put_in_place
from .examination.verdicts import Reason, Refused, Removed
from .words import REFUSALS, TAKEN, WITHHELD, left_out, sentence


class _Examined:
    """In the place of Wagtail's own look at names and sizes."""

    picture: bool

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.help_text = TAKEN[self.picture]

    def to_python(self, data: Any) -> Any:
        upload = FileField.to_python(self, data)  # type: ignore[arg-type]
        if upload is None:
            return None
        try:
            put_in_place(upload, admit(upload, upload.name or "", picture=self.picture))
        except Refused as refusal:
            raise ValidationError(sentence(refusal), code=refusal.reason.value) from refusal
        return upload


class PictureUpload(_Examined, WagtailImageField):
    default_validators = ()
    picture = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.error_messages["invalid_image_extension"] = REFUSALS[Reason.UNKNOWN]  # said by the browser


class DocumentUpload(_Examined, WagtailDocumentField):
    picture = False


class _OneFileForLife:
    """Asks for the file when it is new, never again; says what was left out of it."""

    upload: type[FileField]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields, instance = self.fields, self.instance  # type: ignore[attr-defined]
        if instance.pk:
            fields.pop("file", None)
            told = WITHHELD if instance.withheld else left_out(map(Removed, instance.treated.split()))
            if told:
                self["title"].help_text = told  # type: ignore[index]  # the base form has bound it by now
        elif "file" in fields:
            old = fields["file"]
            fields["file"] = self.upload(label=old.label, widget=old.widget, required=old.required)

    def clean(self) -> Any:
        """What readers get with a file that two people agreed to is not changed by one."""
        values = super().clean()  # type: ignore[misc]
        changed = set(self.changed_data) & set(FILE_WORDS)  # type: ignore[attr-defined]
        if self.instance.pk and changed and is_agreed(self.instance):  # type: ignore[attr-defined]
            raise ValidationError(
                _("Readers see this file already, with what is written here. Upload it once more with the new words, "
                  "choose the new one in the text and send that for approval.")
            )  # fmt: skip
        return values


class PictureForm(_OneFileForLife, BaseImageForm):
    upload = PictureUpload


class DocumentForm(_OneFileForLife, BaseDocumentForm):
    upload = DocumentUpload
