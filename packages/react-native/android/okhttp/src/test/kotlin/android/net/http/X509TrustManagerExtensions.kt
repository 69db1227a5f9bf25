package android.net.http

import java.security.cert.CertPathBuilder
import java.security.cert.CertStore
import java.security.cert.CollectionCertStoreParameters
import java.security.cert.PKIXBuilderParameters
import java.security.cert.PKIXCertPathBuilderResult
import java.security.cert.TrustAnchor
import java.security.cert.X509CertSelector
import java.security.cert.X509Certificate
import javax.net.ssl.X509TrustManager

/** Stands for Android's class on a JVM: asks the JVM's own trust manager, and names the path that leads to what that trusts. */
class X509TrustManagerExtensions(private val manager: X509TrustManager) {
    fun checkServerTrusted(chain: Array<X509Certificate>, authType: String, @Suppress("UNUSED_PARAMETER") host: String): List<X509Certificate> {
        manager.checkServerTrusted(chain, authType)
        val anchors = manager.acceptedIssuers.map { TrustAnchor(it, null) }.toSet()
        val parameters = PKIXBuilderParameters(anchors, X509CertSelector().apply { certificate = chain.first() }).apply {
            isRevocationEnabled = false
            addCertStore(CertStore.getInstance("Collection", CollectionCertStoreParameters(chain.toList())))
        }
        val result = CertPathBuilder.getInstance("PKIX").build(parameters) as PKIXCertPathBuilderResult
        return result.certPath.certificates.map { it as X509Certificate } + result.trustAnchor.trustedCert
    }
}
