package app.countersign.device

import app.tauri.annotation.InvokeArg
import app.tauri.plugin.Channel

/** A key of a vault, and what is to be done with it. Bytes are Base64 in all of these. */
@InvokeArg
class KeyRequest {
    lateinit var vault: String
    lateinit var associated: String
    lateinit var content: String

    /** To wrap: by a key that needs the person. */
    var person: Boolean = false
}

@InvokeArg
class DropRequest {
    lateinit var vault: String

    /** Only the key that whoever has unlocked the phone can use. */
    var onlyUnguarded: Boolean = false
}

@InvokeArg
class LastSaveRequest {
    lateinit var vault: String
    var generation: Long = 0
}

@InvokeArg
class MakeKeyRequest {
    lateinit var used: String
    lateinit var challenge: String
}

@InvokeArg
class SignRequest {
    lateinit var used: String
    lateinit var name: String
    lateinit var message: String
}

@InvokeArg
class NameRequest {
    lateinit var name: String
}

@InvokeArg
class AttestRequest {
    lateinit var pop: String
    lateinit var uv: String
}

@InvokeArg
class CodeRequest {
    lateinit var code: String
}

@InvokeArg
class SwitchRequest {
    var on: Boolean = false
}

@InvokeArg
class FeelRequest {
    lateinit var what: String
}

@InvokeArg
class PushRequest {
    lateinit var account: String

    /** The service's key for its messages (RFC 8292), 87 characters of Base64 for URLs. */
    var vapid: String = ""
}

@InvokeArg
class WatchRequest {
    lateinit var handler: Channel
}

@InvokeArg
class HandedRequest {
    var id: Long = 0
}

@InvokeArg
class FileRequest {
    lateinit var name: String
    lateinit var type: String
    lateinit var content: String
}
