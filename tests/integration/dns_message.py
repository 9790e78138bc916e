"""Just enough DNS to ask odd questions and to compare answers; nothing of the code under test."""

import struct

COMPRESSED = {2: 0, 5: 0, 12: 0, 39: 0, 15: 2, 33: 6}  # types whose RDATA ends in a name, and where it begins


def wire_name(text):
    return b"".join(bytes([len(label)]) + label.encode("latin-1") for label in text.split(".") if label) + b"\0"


def query(ident, name, kind, flags=0x0100, edns=None, dnssec_ok=False, version=0, options=b""):
    message = struct.pack(">6H", ident, flags, 1, 0, 0, 0 if edns is None else 1) + wire_name(name) + struct.pack(">HH", kind, 1)
    if edns is not None:
        message += b"\0" + struct.pack(">HHBBHH", 41, edns, 0, version, 0x8000 if dnssec_ok else 0, len(options)) + options
    return message


def read_name(message, at):
    """The name in text, lower case, and where it ends."""
    labels, end = [], None
    for _ in range(200):
        length = message[at]
        if length >= 0xC0:
            end = end or at + 2
            at = (length & 0x3F) << 8 | message[at + 1]
            continue
        at += 1
        if not length:
            return ".".join(labels).lower(), end or at
        labels.append(message[at:at + length].decode("latin-1"))
        at += length
    raise ValueError("endless name")


class Answer:
    def __init__(self, message):
        self.size = len(message)
        self.ident, self.flags, questions, *counts = struct.unpack(">6H", message[:12])
        at = 12
        for _ in range(questions):
            self.question, at = read_name(message, at)
            self.sent_question = message[12:at]
            at += 4
        self.sections, self.opt = [], None
        for count in counts:
            records = []
            for _ in range(count):
                owner, at = read_name(message, at)
                kind, klass, ttl, size = struct.unpack(">HHIH", message[at:at + 10])
                at += 10
                rdata = message[at:at + size]
                if kind == 41:
                    self.opt = (klass, ttl)
                elif kind == 6:
                    first, middle = read_name(message, at)
                    second, last = read_name(message, middle)
                    records.append((owner, kind, (first, second, message[last:at + size]), ttl))
                elif kind in COMPRESSED and size:
                    skip = COMPRESSED[kind]
                    records.append((owner, kind, (rdata[:skip], read_name(message, at + skip)[0]), ttl))
                else:
                    records.append((owner, kind, rdata, ttl))
                at += size
            self.sections.append(records)

    @property
    def rcode(self):
        return (self.flags & 15) | ((self.opt[1] >> 24 << 4) if self.opt else 0)

    @property
    def truncated(self):
        return bool(self.flags & 0x200)

    def records(self, section):
        return sorted((owner, kind, repr(rdata)) for owner, kind, rdata, _ in self.sections[section])
