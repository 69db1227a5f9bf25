package dev.countersign.okhttp

import java.io.File
import java.security.KeyFactory
import java.security.KeyStore
import java.security.MessageDigest
import java.security.PrivateKey
import java.security.cert.CertificateFactory
import java.security.cert.X509Certificate
import java.security.spec.PKCS8EncodedKeySpec
import java.util.Base64
import javax.net.ssl.KeyManagerFactory
import javax.net.ssl.SSLContext

/** PEM that the caller made, in the folder of the property `countersign.tls`. */
private val folder = File(System.getProperty("countersign.tls"))
private val password = "password".toCharArray()

internal fun certificate(name: String): X509Certificate =
    File(folder, "$name.pem").inputStream().use { CertificateFactory.getInstance("X.509").generateCertificate(it) as X509Certificate }

internal fun pinOf(name: String): String =
    Base64.getUrlEncoder().withoutPadding().encodeToString(MessageDigest.getInstance("SHA-256").digest(certificate(name).publicKey.encoded))

private fun key(name: String): PrivateKey {
    val text = File(folder, "$name-key.pem").readLines().filter { !it.startsWith("-") }.joinToString("")
    return KeyFactory.getInstance("EC").generatePrivate(PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)))
}

/** A server's side of TLS with this leaf under this root. */
internal fun contextOf(leaf: String, root: String): SSLContext {
    val store = KeyStore.getInstance("JKS").apply {
        load(null, null)
        setKeyEntry("peer", key(leaf), password, arrayOf(certificate(leaf), certificate(root)))
    }
    val keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm()).apply { init(store, password) }
    return SSLContext.getInstance("TLS").apply { init(keys.keyManagers, null, null) }
}

/** Makes the root `device` all that this JVM's own store holds; before anything asks for it. */
internal fun trustDevice() {
    val file = File(folder, "store.jks")
    val store = KeyStore.getInstance("JKS").apply {
        load(null, null)
        setCertificateEntry("device", certificate("device"))
    }
    file.outputStream().use { store.store(it, password) }
    System.setProperty("javax.net.ssl.trustStore", file.path)
    System.setProperty("javax.net.ssl.trustStorePassword", String(password))
}
