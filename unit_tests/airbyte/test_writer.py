"""What goes out: one line a message, flushed, without the key."""

import io
import json
import logging

import pytest

from destination_inflection.airbyte.writer import LogHandler, MessageWriter
from destination_inflection.errors import ConfigError, TransientError


class Stream(io.BytesIO):
    flushed = 0

    def flush(self) -> None:
        self.flushed = len(self.getvalue())


@pytest.fixture
def stream() -> Stream:
    return Stream()


@pytest.fixture
def writer(stream: Stream) -> MessageWriter:
    return MessageWriter(stream)


def test_every_line_is_flushed(writer: MessageWriter, stream: Stream) -> None:
    writer.line(b'{"type":"STATE"}')
    assert stream.flushed == len(b'{"type":"STATE"}\n')


@pytest.mark.parametrize("key", ["plain-key", 'with"quote', "back\\slash"])
def test_the_key_never_goes_out(writer: MessageWriter, stream: Stream, key: str) -> None:
    writer.hide([key])
    writer.log(f"the key is {key}")
    writer.connection_status(f"no, {key}")
    writer.trace(ConfigError(f"bad {key}"))
    for line in stream.getvalue().splitlines():
        assert key not in json.dumps(json.loads(line), ensure_ascii=False)
        assert key not in str(json.loads(line))


def test_of_two_keys_the_longer_is_masked_whole(writer: MessageWriter, stream: Stream) -> None:
    writer.hide(["abcd"])
    writer.hide(["abcdef"])
    writer.log("abcdef")
    assert json.loads(stream.getvalue())["log"]["message"] == "****"


def test_a_trace_names_the_failure_type(writer: MessageWriter, stream: Stream) -> None:
    writer.trace(TransientError("Later."))
    error = json.loads(stream.getvalue())["trace"]["error"]
    # Without the second the platform logs "Unknown failure reason".
    assert error == {
        "message": "Later.",
        "internal_message": "Later.",
        "failure_type": "transient_error",
    }


def test_a_defect_shows_its_frames_but_not_its_text(writer: MessageWriter, stream: Stream) -> None:
    value = "JANE@customer.example".lower()
    with pytest.raises(ValueError, match=value) as caught:
        int(value)
    writer.trace(caught.value)
    text = stream.getvalue().decode()
    error_body = json.loads(text)["trace"]["error"]
    assert error_body["failure_type"] == "system_error"
    assert "test_writer" in error_body["stack_trace"]
    assert value not in text


def test_a_status_is_either_good_or_says_why(writer: MessageWriter, stream: Stream) -> None:
    writer.connection_status(None)
    writer.connection_status("Wrong.")
    good, bad = (json.loads(line)["connectionStatus"] for line in stream.getvalue().splitlines())
    assert good == {"status": "SUCCEEDED"}
    assert bad == {"status": "FAILED", "message": "Wrong."}


def test_library_warnings_come_without_their_text(writer: MessageWriter, stream: Stream) -> None:
    logger = logging.getLogger("some.package")
    logger.addHandler(handler := LogHandler(writer))
    logger.propagate = False
    logger.warning("secret url")
    logger.info("chatter")
    logger.removeHandler(handler)
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["log"] == {
        "level": "WARN",
        "message": "A warning from the library some.package.",
    }
