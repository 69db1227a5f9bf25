package dev.countersign.agent.channel

import java.security.GeneralSecurityException
import java.security.cert.CertPathBuilder
import java.security.cert.CertStore
import java.security.cert.CertificateException
import java.security.cert.CollectionCertStoreParameters
import java.security.cert.PKIXBuilderParameters
import java.security.cert.PKIXCertPathBuilderResult
import java.security.cert.TrustAnchor
import java.security.cert.X509CertSelector
import java.security.cert.X509Certificate

/** The path from the peer's leaf to one of these roots by RFC 5280 §6, with the root; what the peer sent beside is used, and proves nothing. */
internal fun proveManagedPath(chain: Array<X509Certificate>, roots: Set<X509Certificate>): List<X509Certificate> {
    if (roots.isEmpty()) throw CertificateException("the policy names no managed root")
    return try {
        val leaf = X509CertSelector().apply { certificate = chain.first() }
        val parameters = PKIXBuilderParameters(roots.map { TrustAnchor(it, null) }.toSet(), leaf).apply {
            isRevocationEnabled = false
            addCertStore(CertStore.getInstance("Collection", CollectionCertStoreParameters(chain.toList())))
        }
        val result = CertPathBuilder.getInstance("PKIX").build(parameters) as PKIXCertPathBuilderResult
        result.certPath.certificates.map { it as X509Certificate } + result.trustAnchor.trustedCert
    } catch (fault: GeneralSecurityException) {
        throw CertificateException("the chain is not good for the managed roots", fault)
    }
}
