"""Translates with Amazon Translate; what it cannot do the offline translator does, marked as such.

A text is paid for once: translations are kept in memory and in table Control. What is in the target language, holds no
words, or is one phrase of our dictionary ("fraud", "Rot") is not sent at all.

Several texts of one language go in one call, each as a paragraph of HTML; what must pass unharmed is marked
translate="no" in it. Both are documented for TranslateText (2026-11):
https://docs.aws.amazon.com/translate/latest/dg/customizing-translations-tags.html
What comes back is checked: as many paragraphs, and in each what was protected, or else it is not used.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from orderbridge.errors import TemporaryFailure
from orderbridge.language import markup
from orderbridge.language.offline import LONGEST, Offline, simplified
from orderbridge.language.texts import Target, Text, cleaned

if TYPE_CHECKING:
    from mypy_boto3_translate import TranslateClient

LIMIT = 10_000  # bytes of one call, https://docs.aws.amazon.com/translate/latest/APIReference/API_TranslateText.html
_REMEMBERED = 2048  # texts in memory; bounded, because a buyer's are among them
_REST = 30.0  # seconds without a call after one that failed for a reason that the next would meet as well
_AUTO = "auto"  # Amazon Comprehend finds the language out, for a price of its own
# Languages that we recognise by their script and Amazon Translate does not know (2026-11):
# https://docs.aws.amazon.com/translate/latest/dg/what-is-languages.html
_NOT_OFFERED = {"km", "lo", "my"}
# Refusals of just this text: asked again it would be refused again.
_FOR_GOOD = {
    "DetectedLanguageLowConfidenceException",
    "TextSizeLimitExceededException",
    "UnsupportedLanguagePairException",
}


class Cache(Protocol):
    """See `orderbridge.tables.texts.Texts`. A translation "" says that there is none to be had."""

    def translations(self, texts: Sequence[str], target: str, terms: str) -> dict[str, str]: ...

    def keep(self, translations: Mapping[str, str], target: str, terms: str, *, private: bool) -> None: ...


class Amazon:
    """terms     name of the merchant's custom terminology, "" for none. It is part of what a translation is kept under:
                 a changed one takes effect under a new name
    failures  what went wrong, by Amazon's name for it -> how many texts it was for
    """

    def __init__(self, client: "TranslateClient", cache: Cache, terms: str, fallback: Offline) -> None:
        self.client, self.cache, self.terms, self.fallback = client, cache, terms, fallback
        self.failures: Counter[str] = Counter()
        self._memory: dict[tuple[str, str], str] = {}
        self._rest_until = 0.0

    def translate(self, texts: Sequence[str], target: Target, *, private: bool = True) -> list[Text]:
        offline = self.fallback.translate(texts, target)
        wanted = {cleaned(text.original): text for text in offline if self._wants(text, target)}
        done = self._translations(wanted, target, private)
        return [
            text.model_copy(update={"translated": said, "by": "amazon"})
            if (said := done.get(cleaned(text.original)))
            else text
            for text in offline
        ]

    def _wants(self, text: Text, target: Target) -> bool:
        if text.by == "same" or text.language == target or text.language in _NOT_OFFERED:
            return False
        return len(text.original) <= LONGEST and not self.fallback.phrase(cleaned(text.original), target)

    def _translations(self, wanted: Mapping[str, Text], target: Target, private: bool) -> dict[str, str]:
        done = {text: self._memory[text, target] for text in wanted if (text, target) in self._memory}
        kept = self._kept([text for text in wanted if text not in done], target)
        asked = self._asked({text: wanted[text] for text in wanted if text not in done and text not in kept}, target)
        self._keep(asked, target, private)
        self._remember({**kept, **asked}, target)
        return {**done, **kept, **asked}

    def _asked(self, wanted: Mapping[str, Text], target: Target) -> dict[str, str]:
        """Translations by Amazon, "" where there is none; what failed and may succeed later is left out."""
        made: dict[str, str] = {}
        pieces = {text: list(markup.cut(text, LIMIT, self.fallback.names)) for text in wanted}
        for source, texts in _by_source(wanted).items():
            flat = [piece for text in texts for piece in pieces[text]]
            said: dict[str, str] = {}
            for batch in markup.batches(flat, LIMIT, self.fallback.names, together=source != _AUTO):
                said.update(self._call(batch, source, target))
            for text in texts:
                if all(piece in said for piece in pieces[text]):
                    parts = [said[piece] for piece in pieces[text]]
                    made[text] = "".join(parts) if all(parts) else ""
        return made

    def _call(self, batch: Sequence[str], source: str, target: Target) -> dict[str, str]:
        if time.monotonic() < self._rest_until:
            self.failures["resting"] += len(batch)
            return {}
        request: dict[str, Any] = {"SourceLanguageCode": source, "TargetLanguageCode": target}
        if self.terms:
            request["TerminologyNames"] = [self.terms]
        try:
            answer = self.client.translate_text(Text=markup.marked(batch, self.fallback.names), **request)
        except (ClientError, BotoCoreError) as error:
            return self._failed(batch, error)
        said = markup.unmarked(answer["TranslatedText"], batch, self.fallback.names)
        if said is None and len(batch) > 1:  # the paragraphs were mixed up: each by itself
            return {text: one for text in batch for one in self._call([text], source, target).values()}
        found = [""] if said is None else said
        if spoilt := found.count(""):
            self.failures["not intact"] += spoilt
        return dict(zip(batch, found, strict=True))

    def _failed(self, batch: Sequence[str], error: ClientError | BotoCoreError) -> dict[str, str]:
        name = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        self.failures[name] += len(batch)
        if name in _FOR_GOOD:
            return dict.fromkeys(batch, "")
        self._rest_until = time.monotonic() + _REST
        return {}

    def _kept(self, texts: Sequence[str], target: Target) -> dict[str, str]:
        try:
            return self.cache.translations(texts, target, self.terms) if texts else {}
        except (ClientError, BotoCoreError, TemporaryFailure) as error:
            self.failures[f"cache {type(error).__name__}"] += len(texts)
            return {}

    def _keep(self, made: Mapping[str, str], target: Target, private: bool) -> None:
        """What has no translation is kept as long as a buyer's text: the service may learn it."""
        try:
            for soon in (True, False):
                some = {text: said for text, said in made.items() if (private or not said) is soon}
                if some:
                    self.cache.keep(some, target, self.terms, private=soon)
        except (ClientError, BotoCoreError, TemporaryFailure) as error:
            self.failures[f"cache {type(error).__name__}"] += len(made)

    def _remember(self, made: Mapping[str, str], target: Target) -> None:
        self._memory.update({(text, target): said for text, said in made.items()})
        for key in list(self._memory)[: max(0, len(self._memory) - _REMEMBERED)]:
            del self._memory[key]


def _by_source(wanted: Mapping[str, Text]) -> dict[str, list[str]]:
    """Amazon's code of the source language -> texts."""
    sources: dict[str, list[str]] = {}
    for text, found in wanted.items():
        source = found.language or _AUTO
        if source == "zh" and simplified(text) != text:
            source = "zh-TW"
        sources.setdefault(source, []).append(text)
    return sources
