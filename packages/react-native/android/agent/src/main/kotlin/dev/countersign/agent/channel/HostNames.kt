package dev.countersign.agent.channel

import java.net.InetAddress
import java.security.cert.CertificateParsingException
import java.security.cert.X509Certificate
import javax.net.ssl.HostnameVerifier
import javax.net.ssl.SSLPeerUnverifiedException

private const val DNS_NAME = 2
private const val IP_ADDRESS = 7
private val dottedAddress = Regex("[0-9]{1,3}(?:\\.[0-9]{1,3}){3}")

/**
 * The agent's own verifier of names: the platform's default is anybody's to replace in this process, and libraries that replaced it by one that takes every name are
 * a classic.
 */
internal fun ownVerifier() = HostnameVerifier { host, session ->
    try {
        namesHost(session.peerCertificates.first() as X509Certificate, host)
    } catch (_: SSLPeerUnverifiedException) {
        false
    }
}

/**
 * Whether a certificate is for this host, a name in lower case or an address, by RFC 9525: by its alternative names alone, never its subject; an
 * asterisk stands for one whole label, the first, of a name of three or more.
 */
internal fun namesHost(certificate: X509Certificate, host: String): Boolean {
    val names = try {
        certificate.subjectAlternativeNames.orEmpty()
    } catch (_: CertificateParsingException) {
        return false
    }
    val isAddress = ':' in host || dottedAddress.matches(host)
    return names.any { entry ->
        val text = entry.getOrNull(1) as? String ?: return@any false
        when (entry.first()) {
            DNS_NAME -> !isAddress && namesDomain(text.lowercase(), host)
            IP_ADDRESS -> isAddress && isSameAddress(text, host)
            else -> false
        }
    }
}

private fun namesDomain(pattern: String, host: String): Boolean {
    val rest = pattern.removePrefix("*")
    if ('*' in rest) return false
    if (rest == pattern) return pattern == host
    return rest.startsWith(".") && rest.count { it == '.' } >= 2 && host.endsWith(rest) && '.' !in host.removeSuffix(rest) && host.length > rest.length
}

/** Both are addresses in figures, of which none is looked up. */
private fun isSameAddress(one: String, other: String): Boolean = InetAddress.getByName(one) == InetAddress.getByName(other)
