package dev.countersign.core

import dev.countersign.agent.protocol.JsonValue

/** Why the agent did not do what was asked. It holds no value of a secret. */
class CountersignException internal constructor(
    /** A code of docs/agent.md; `misuse` where the call was wrong, `internal` where the agent failed. */
    val code: String,
    message: String,
    /** The code that a user tells support; null where no signed answer is behind the error. */
    val arc: String? = null,
    /** `update`, where the user should update the app. */
    val action: String? = null,
    /** Nothing is sent before. */
    val retryAfterSeconds: Double? = null,
) : Exception(message)

internal fun exceptionOf(fault: JsonValue?): CountersignException {
    val members = fault as? JsonValue.Members
    return CountersignException(
        members?.text("code") ?: "internal",
        members?.text("message") ?: "The agent failed.",
        members?.text("arc"),
        members?.text("action"),
        (members?.members?.get("retryAfterSeconds") as? JsonValue.Number)?.value,
    )
}
