"""Drives a privacyIDEA server with push round trips and code checks, and prints what they cost it.

    drive.py BASE PID SECONDS

A round trip is the five requests that one approval takes there: the administrator triggers a challenge (by a
token of the session, so that no password is hashed), the phone polls, the phone confirms, the site asks what
became of it, the site finalises. PID is the server's first process; its children are counted with it.
"""

import base64
import datetime
import hashlib
import hmac
import os
import struct
import sys
import threading
import time
import urllib.parse

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

BASE, PID, SECONDS = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
CLIENTS = (1, 8, 64)
CODES = 60


class Site:
    """The administrator and the site that trusts the server, with one connection."""

    def __init__(self):
        self.http = requests.Session()
        answer = self.http.post(f"{BASE}/auth", json={"username": "admin", "password": "administrator"}, timeout=90)
        self.http.headers["Authorization"] = answer.json()["result"]["value"]["token"]

    def post(self, path, **fields):
        answer = self.http.post(BASE + path, json=fields, timeout=90)
        answer.raise_for_status()
        return answer.json()

    def get(self, path):
        return self.http.get(BASE + path, timeout=90).json()


class Phone:
    """A push token of the server's own kind, with keys in memory."""

    def __init__(self, site):
        made = site.post("/token/init", type="push", genkey=1, user="alice", realm="local")["detail"]
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(made["pushurl"]["value"]).query)
        self.http = requests.Session()
        self.serial, self.url = asked["serial"][0], asked["url"][0]
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        answer = self.http.post(
            self.url,
            data={
                "enrollment_credential": asked["enrollment_credential"][0],
                "serial": self.serial,
                "fbtoken": "no_firebase_token",
                "pubkey": base64.b64encode(public).decode(),
            },
            timeout=90,
        )
        answer.raise_for_status()

    def signed(self, text):
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return base64.b32encode(signature).decode()

    def poll(self):
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        fields = {"serial": self.serial, "timestamp": now, "signature": self.signed(f"{self.serial}|{now}")}
        return self.http.get(self.url, params=fields, timeout=90).json()["result"]["value"]

    def confirm(self, nonce, number):
        signature = self.signed(f"{nonce}|{self.serial}|{number}")
        fields = {"serial": self.serial, "presence_answer": number, "signature": signature}
        return self.http.post(self.url, data=fields, timeout=90).json()["result"]["value"]


def round_trip(site, phone):
    asked = site.post("/validate/triggerchallenge", serial=phone.serial)["detail"]
    number = asked["multi_challenge"][0].get("presence_answer") or asked["presence_answer"]
    waiting = phone.poll()[-1]
    assert phone.confirm(waiting["nonce"], number), "the number was not taken"
    transaction = asked["transaction_id"]
    assert site.get(f"/validate/polltransaction/{transaction}")["result"]["value"], "it is not approved"
    done = site.post("/validate/check", serial=phone.serial, transaction_id=transaction, **{"pass": ""})
    assert done["result"]["authentication"] == "ACCEPT", done


def totp(key):
    """RFC 6238 with six digits and thirty seconds."""
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def cpu():
    """Seconds of user and system time of the server's processes."""
    total = 0
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(name) == PID or int(fields[1]) == PID:
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def at(times, percent):
    times = sorted(times)
    return f"{1000 * times[max(0, -(-len(times) * percent // 100) - 1)]:.0f} ms"


def told(what, times, took, used):
    print(
        f"{what}: {len(times)} in {took:.1f} s, {len(times) / took:.1f} a second, "
        f"CPU {1000 * used / len(times):.1f} ms each, p50 {at(times, 50)} p95 {at(times, 95)} p99 {at(times, 99)}",
        flush=True,
    )


def push(site, clients):
    phones = [(Site(), Phone(site)) for _ in range(clients)]
    times, wrong, end = [], [], time.monotonic() + SECONDS

    def run(own, phone):
        # Each at least once, however long it takes.
        while True:
            begun = time.monotonic()
            try:
                round_trip(own, phone)
            except Exception as error:  # noqa: BLE001, told below
                wrong.append(repr(error))
            else:
                times.append(time.monotonic() - begun)
            if time.monotonic() >= end:
                return

    before, begun = cpu(), time.monotonic()
    threads = [threading.Thread(target=run, args=pair) for pair in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took, used = time.monotonic() - begun, cpu() - before
    if times:
        told(f"push round trip, {clients} clients", times, took, used)
    if wrong:
        print(f"  {len(wrong)} round trips failed, such as: {wrong[0][:150]}")


def codes(site):
    tokens = []
    for _ in range(CODES):
        made = site.post("/token/init", type="totp", genkey=1)["detail"]
        tokens.append((made["serial"], base64.b32decode(made["otpkey"]["value_b32"])))
    times, before, begun = [], cpu(), time.monotonic()
    for serial, key in tokens:
        asked = time.monotonic()
        done = site.post("/validate/check", serial=serial, **{"pass": totp(key)})
        times.append(time.monotonic() - asked)
        assert done["result"]["authentication"] == "ACCEPT", done
    told("code (TOTP), 1 client", times, time.monotonic() - begun, cpu() - before)


def main():
    site = Site()
    site.post(
        "/policy/bench-enrollment",
        scope="enrollment",
        active=True,
        action={
            "push_firebase_configuration": "poll only",
            "push_registration_url": f"{BASE}/ttype/push",
            "push_ssl_verify": "0",
        },
    )
    site.post("/policy/bench-presence", scope="authentication", active=True, action={"push_require_presence": True})
    # What the first requests of a process load is not what one costs.
    warm = Phone(site)
    for _ in range(3):
        round_trip(site, warm)
    for clients in CLIENTS:
        push(site, clients)
    codes(site)


main()
