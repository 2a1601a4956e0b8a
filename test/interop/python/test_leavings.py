"""What the gateways have written by the time that every client is through."""

import pathlib

from world import has_pan


def test_no_log_and_no_trail_holds_a_card_number_or_a_token(world):
    texts = {}
    for kind, trail in world.told["trails"].items():
        texts[f"log of {kind}"] = world.log(kind)
        for path in pathlib.Path(trail).rglob("*"):
            if path.is_file():
                texts[str(path)] = path.read_text(errors="replace")
    assert "411111******1111" in "".join(texts.values()) and any(texts[f"log of {kind}"] for kind in world.told["trails"])
    for where, text in texts.items():
        assert not [line for line in text.splitlines() if has_pan(line)], where
        # How a signed token begins.
        assert "eyJ" not in text, where
