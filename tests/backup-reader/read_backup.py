#!/usr/bin/env python3
"""Opens a backup of the app without any code of the app: docs/backup-format.md in a hundred lines.

    read_backup.py --device-type android|ios|desktop (--passphrase P | --recovery-code C) FILE

Prints the accounts as one JSON object, keys included. Needs `cryptography` and `argon2-cffi`."""
import argparse
import base64
import hmac
import json
import struct
import sys
import unicodedata

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = bytes(12)


class Refused(Exception):
    pass


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def hkdf(key, salt, info):
    return HKDF(SHA256(), 32, salt, info).derive(key)


def unique(pairs):
    """A member that is there twice would be read in two ways."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused("damaged: a member is there twice")
    return members


def split(data):
    if data[:4] != b"AVLT":
        raise Refused("no backup")
    version, length = struct.unpack_from("<HI", data, 4)
    if version != 1:
        raise Refused(f"written by a newer version: format {version}")
    end = 10 + length
    if end > len(data):
        raise Refused("damaged: cut short")
    header = json.loads(data[10:end], object_pairs_hook=unique)
    if header["fmt"] != "avlt-backup":
        raise Refused("no backup")
    if header["v"] != 1 or header["aead"] != "HKDF-SHA256+A256GCM":
        raise Refused("written by a newer version")
    return header, data[:end], data[end:]


def from_passphrase(slot, passphrase):
    kdf = slot["kdf"]
    if kdf["alg"] != "argon2id" or kdf["v"] != 19:
        raise Refused("written by a newer version")
    if not (19 * 1024 <= kdf["m"] <= 256 * 1024 and 2 <= kdf["t"] <= 16 and 1 <= kdf["p"] <= 8):
        raise Refused("costs that no version of the app writes")
    typed = unicodedata.normalize("NFC", passphrase).encode()
    return hash_secret_raw(typed, unb64(kdf["salt"]), kdf["t"], kdf["m"], kdf["p"], 32, Type.ID)


def from_code(code):
    looks_like = {"O": "0", "I": "1", "L": "1"}
    return "".join(looks_like.get(c, c) for c in code.upper() if c not in " -\n").encode()


def unlock(header, way, typed):
    backup_id = unb64(header["backup_id"])
    for slot in header["slots"]:
        if slot["type"] != way:
            continue
        kek = from_passphrase(slot, typed) if way == "passphrase" else from_code(typed)
        members = {name: slot[name] for name in ("id", "type", "kdf", "salt") if name in slot}
        about = b"avlt/1/slot" + json.dumps(members, separators=(",", ":")).encode()
        by = hkdf(kek, unb64(slot["salt"]), b"avlt/1/slot" + backup_id)
        try:
            return AESGCM(by).decrypt(NONCE, unb64(slot["wrapped"]), about)
        except InvalidTag:
            pass
    raise Refused("not the passphrase or code it was sealed with")


def read(data, way, typed, device_type):
    header, prefix, sealed = split(data)
    key = unlock(header, way, typed)
    backup_id, salt = unb64(header["backup_id"]), unb64(header["salt"])
    if not hmac.compare_digest(hkdf(key, salt, b"avlt/1/commit" + backup_id), unb64(header["commit"])):
        raise Refused("damaged: sealed by another key")
    try:
        plaintext = AESGCM(hkdf(key, salt, b"avlt/1/file" + backup_id)).decrypt(NONCE, sealed, prefix)
    except InvalidTag:
        raise Refused("damaged") from None
    if header["device_type"] != device_type:
        raise Refused(f"the backup of another type of device: {header['device_type']}")
    content = json.loads(plaintext, object_pairs_hook=unique)
    if content["v"] != 1:
        raise Refused("written by a newer version")
    about = {name: header[name] for name in ("device_type", "generation", "created_at")}
    return {**about, **content}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--device-type", required=True, choices=("android", "ios", "desktop"))
    ways = arguments.add_mutually_exclusive_group(required=True)
    ways.add_argument("--passphrase")
    ways.add_argument("--recovery-code")
    arguments.add_argument("file")
    given = arguments.parse_args()
    way = "passphrase" if given.passphrase is not None else "recovery_code"
    with open(given.file, "rb") as file:
        data = file.read()
    try:
        content = read(data, way, given.passphrase or given.recovery_code or "", given.device_type)
    except Refused as reason:
        sys.exit(f"{given.file}: {reason}")
    print(json.dumps(content, ensure_ascii=False))


if __name__ == "__main__":
    main()
