#!/usr/bin/env python3
"""Makes backups with the app's own code and opens them with read_backup.py; opens the published one with both.

    compare.py EXAMPLE

EXAMPLE is the built example `backup` of crypto-core."""
import base64
import json
import pathlib
import subprocess
import sys
import tempfile

import read_backup

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors" / "approval-v1.json"
TEXTS = """\
otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP&issuer=Example
otpauth://hotp/B%C3%A5t:bob?secret=GEZDGNBVGY3TQOJQ&issuer=B%C3%A5t&counter=41&algorithm=SHA512&digits=8
otpauth://steam/Steam:carol?secret=JBSWY3DPEHPK3PXP
work:Contoso:alice@contoso.example
"""
PASSPHRASE = "sju sjo\u0308sjuka sjo\u0308ma\u0308n"


def run(example, *arguments, text=None):
    result = subprocess.run([example, *arguments], input=text, capture_output=True, encoding="utf-8", check=False)
    assert result.returncode in (0, 2), result.stderr
    return json.loads(result.stdout)


def summary(content):
    """What the example prints of what the reader reads."""
    names = ("issuer", "account")
    return {
        "entries": [
            {name: entry[name] for name in ("kind", *names)} for entry in content["entries"] if entry["kind"] != "work"
        ],
        "sign_in_again": [
            # A service without an address is known by its name.
            {"issuer": entry["issuer"] or entry["service"], "account": entry["account"]}
            for entry in content["entries"]
            if entry["kind"] == "work"
        ],
        "generation": content["generation"],
        "created_at": content["created_at"],
    }


def both(example, file, device_type, way, typed):
    ours = run(example, "open", "--device-type", device_type, f"--{way.replace('_', '-')}", typed, str(file))
    content = read_backup.read(file.read_bytes(), way, typed, device_type)
    assert summary(content) == ours, f"the reader says {summary(content)}, the app {ours}"
    return content


def refused(file, way, typed, device_type):
    try:
        read_backup.read(file.read_bytes(), way, typed, device_type)
    except read_backup.Refused:
        return
    raise AssertionError("the reader takes what it should refuse")


def main():
    example = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "backup"
        for device_type in ("android", "ios", "desktop"):
            code = run(
                example, "make", "--device-type", device_type, "--passphrase", PASSPHRASE, "--at", "1790000000",
                str(file), text=TEXTS,
            )["recovery_code"]
            content = both(example, file, device_type, "passphrase", PASSPHRASE)
            assert both(example, file, device_type, "recovery_code", code.lower()) == content
            assert [entry.get("secret") for entry in content["entries"]] == [
                "JBSWY3DPEHPK3PXP", "GEZDGNBVGY3TQOJQ", "JBSWY3DPEHPK3PXP", None,
            ]
            assert content["entries"][1]["counter"] == 41 and content["entries"][1]["issuer"] == "Båt"
            other = "ios" if device_type == "android" else "android"
            refused(file, "passphrase", PASSPHRASE, other)
            refused(file, "passphrase", "another passphrase", device_type)
            cut = file.read_bytes()[:-1]
            file.write_bytes(cut)
            refused(file, "passphrase", PASSPHRASE, device_type)

        vector = json.loads(VECTORS.read_text())["backup"]
        file.write_bytes(base64.b64decode(vector["file_b64"]))
        both(example, file, "android", "passphrase", vector["passphrase"])
    print("the reader and the app agree")


if __name__ == "__main__":
    main()
