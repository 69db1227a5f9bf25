package dev.countersign.core

/** What the script of the core asks of the app (`ScriptHost` of @countersign/client). Every call comes on the engine's own thread and returns at once. */
internal interface ScriptHost {
    /** Begins a call of the native half; its answer goes to `countersign.answered`. */
    fun call(id: Long, name: String, of: String)

    /** Asks for `countersign.passed` after so many milliseconds. */
    fun after(id: Long, delayMs: Double)

    /** The answer to an ask of the app's. */
    fun answer(id: Long, text: String)

    /** Base64url; empty where none can be had: the script does not go on then. */
    fun randomBytes(length: Int): String

    fun continuousMs(): Double

    /** The engine is gone, with all that it held. */
    fun gone()
}
