package dev.countersign.agent.signals

/** What a detector saw: a short word on it, at most 128 characters, without anything that tells one user from another. */
class Sighting(val detail: String? = null)

/**
 * One thing that the agent looks for. Each is weaker than evidence: whoever owns the kernel can hide from all of them, and each says what else
 * hides from it.
 */
interface Detector {
    /** Of detector and signal alike: `[a-z0-9_.-]{1,48}`. */
    val name: String

    /** Grows with what it looks for. */
    val revision: Int

    /** Null where nothing was seen. What it throws makes it a detector that did not run. */
    fun look(): Sighting?
}
