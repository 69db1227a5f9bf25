package dev.countersign.agent.signals

import java.security.KeyStore

/**
 * A certificate authority that the user or an administrator added: what an intercepting proxy needs.
 *
 * Limit: companies add their own, so it is a circumstance and no attack; an app that targets API level 24 or newer does not trust them
 * unless it says so. One that root put into the system's store is not told apart from the maker's.
 */
class UserCertificateDetector : Detector {
    override val name = "user_ca"
    override val revision = 1

    override fun look(): Sighting? {
        val store = KeyStore.getInstance("AndroidCAStore").apply { load(null) }
        val added = store.aliases().asSequence().count { it.startsWith("user:") }
        return if (added == 0) null else Sighting("$added added")
    }
}
