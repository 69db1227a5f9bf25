package dev.countersign.agent.channel

import dev.countersign.agent.protocol.encodeBase64Url
import dev.countersign.agent.protocol.sha256
import java.security.cert.CertificateException
import java.security.cert.X509Certificate

/**
 * Proves a peer by the policy of its host. The device's store is asked on every channel; a pin counts only in a path that was proven, never
 * because the peer sent its certificate along. Throws CertificateException.
 */
internal fun proveChannel(policy: ChannelPolicy, chain: Array<X509Certificate>, authType: String, host: String, system: SystemPath) {
    if (chain.isEmpty()) throw CertificateException("the peer sent no certificate")
    val proven = ArrayList(system.prove(chain, authType, host))
    val needsRoots = policy.channel == "roots" || policy.channel == "both"
    val needsPins = policy.channel == "pins" || policy.channel == "both"
    if (!needsRoots && !needsPins && policy.channel != "system") throw CertificateException("the policy's channel is not known")
    if (needsRoots) {
        proven += proveManagedPath(chain, policy.roots ?: throw CertificateException("a managed root is no certificate"))
    }
    if (needsPins && proven.none { encodeBase64Url(sha256(it.publicKey.encoded)) in policy.pins }) {
        throw CertificateException("no pinned key is in the proven path")
    }
}
