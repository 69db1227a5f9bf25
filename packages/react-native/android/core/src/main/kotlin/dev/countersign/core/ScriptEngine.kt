package dev.countersign.core

/** Where the script of the core runs: it finds a [ScriptHost] as the global `countersignHost`. */
internal interface ScriptEngine {
    /** Evaluates one statement after those before it, never on the caller's thread. */
    fun run(statement: String)

    fun close()
}
