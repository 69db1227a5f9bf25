package dev.countersign.agent

import dev.countersign.agent.channel.ChannelPolicy
import dev.countersign.agent.channel.PinnedConnections
import dev.countersign.agent.channel.SystemPath
import dev.countersign.agent.channel.proveManagedPath
import dev.countersign.agent.protocol.encodeBase64Url
import dev.countersign.agent.protocol.sha256
import java.io.File
import java.io.IOException
import java.net.InetAddress
import java.net.Socket
import java.security.KeyFactory
import java.security.KeyStore
import java.security.PrivateKey
import java.security.cert.CertificateException
import java.security.cert.CertificateFactory
import java.security.cert.X509Certificate
import java.security.spec.PKCS8EncodedKeySpec
import java.util.Base64
import javax.net.ssl.HostnameVerifier
import javax.net.ssl.KeyManagerFactory
import javax.net.ssl.SSLContext
import javax.net.ssl.SSLHandshakeException
import javax.net.ssl.SSLServerSocket
import javax.net.ssl.SSLSocket
import javax.net.ssl.X509TrustManager
import kotlin.concurrent.thread

/** PEM that the caller made, in the folder of the property `countersign.tls`: three roots, a cross certificate, a leaf and its key. */
private val folder = File(System.getProperty("countersign.tls"))
private val password = "password".toCharArray()

internal fun certificate(name: String): X509Certificate =
    File(folder, "$name.pem").inputStream().use { CertificateFactory.getInstance("X.509").generateCertificate(it) as X509Certificate }

private fun pinOf(certificate: X509Certificate): String = encodeBase64Url(sha256(certificate.publicKey.encoded))

/** A device whose store holds one root. */
private fun storeOf(root: X509Certificate) = SystemPath { chain, _, _ -> proveManagedPath(chain, setOf(root)) }

internal fun leafKey(): PrivateKey {
    val text = File(folder, "leaf-key.pem").readLines().filter { !it.startsWith("-") }.joinToString("")
    return KeyFactory.getInstance("EC").generatePrivate(PKCS8EncodedKeySpec(Base64.getDecoder().decode(text)))
}

/** A TLS server on loopback that sends these certificates. */
internal fun listen(chain: List<X509Certificate>): SSLServerSocket {
    val store = KeyStore.getInstance("JKS").apply {
        load(null, null)
        setKeyEntry("peer", leafKey(), password, chain.toTypedArray())
    }
    val keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm()).apply { init(store, password) }
    val context = SSLContext.getInstance("TLS").apply { init(keys.keyManagers, null, null) }
    return context.serverSocketFactory.createServerSocket(0, 1, InetAddress.getLoopbackAddress()) as SSLServerSocket
}

/** The same, which answers one byte to one connection. */
private fun serve(chain: List<X509Certificate>): SSLServerSocket {
    val server = listen(chain)
    thread(isDaemon = true) {
        try {
            server.use { it.accept().use { socket -> socket.getOutputStream().write(7) } }
        } catch (_: IOException) {
            // The client turned the handshake down.
        }
    }
    return server
}

/** Whether a client of [connections] takes the peer, which it knows as api.example.com. */
private fun connects(connections: PinnedConnections, chain: List<X509Certificate>): Boolean {
    val plain = Socket(InetAddress.getLoopbackAddress(), serve(chain).localPort)
    return try {
        (connections.socketFactory.createSocket(plain, "api.example.com", 443, true) as SSLSocket).use { it.inputStream.read() == 7 }
    } catch (_: SSLHandshakeException) {
        false
    }
}

internal fun channelTests(checks: Checks) {
    val (device, managed, leaf, cross) = listOf("device", "managed", "leaf", "cross").map(::certificate)
    val other = pinOf(certificate("stranger"))
    val plain = listOf(leaf, device)

    fun taken(
        channel: String,
        pins: Set<String>,
        roots: List<X509Certificate> = emptyList(),
        store: X509Certificate = device,
        chain: List<X509Certificate> = plain,
    ): Boolean {
        val policy = ChannelPolicy(channel, pins, roots.map { it.encoded })
        val connections = PinnedConnections({ host, port -> policy.takeIf { host == "api.example.com" && port == 443 } }, storeOf(store))
        return connects(connections, chain)
    }

    checks.check("takes a peer over TLS that proves itself as the policy demands") {
        assertTrue(taken("system", emptySet()), "system")
        assertTrue(taken("pins", setOf(pinOf(leaf), other)), "a pinned leaf")
        assertTrue(taken("pins", setOf(pinOf(device), other)), "a pinned root")
        assertTrue(taken("roots", emptySet(), listOf(device)), "roots")
        assertTrue(taken("roots", emptySet(), listOf(managed), chain = listOf(leaf, cross)), "a managed root over a cross certificate")
        assertTrue(taken("both", setOf(pinOf(device), other), listOf(device)), "both")
        assertTrue(taken("both", setOf(pinOf(managed), other), listOf(managed), chain = listOf(leaf, cross)), "a pinned managed root")
    }

    checks.check("refuses over TLS a peer without the pin, without the root, or that the device's store does not know") {
        assertTrue(!taken("pins", setOf(other)), "no pin")
        assertTrue(!taken("pins", emptySet()), "an empty list of pins")
        assertTrue(!taken("roots", emptySet(), listOf(managed)), "another root")
        assertTrue(!taken("roots", emptySet()), "an empty list of roots")
        assertTrue(!taken("both", setOf(pinOf(leaf)), listOf(managed)), "the pin without the root")
        assertTrue(!taken("both", setOf(other), listOf(device)), "the root without the pin")
        for (channel in listOf("system", "pins", "roots", "both")) {
            assertTrue(!taken(channel, setOf(pinOf(leaf)), listOf(device), store = managed), "$channel, unknown to the device")
        }
    }

    checks.check("refuses over TLS a pinned certificate that the peer merely sends along") {
        assertTrue(!taken("pins", setOf(pinOf(managed)), chain = listOf(leaf, device, managed)), "a root sent along")
        assertTrue(!taken("pins", setOf(pinOf(managed)), chain = listOf(leaf, cross, managed)), "a path that nobody asked for")
    }

    checks.check("refuses a channel that it does not know, a root that is none, and a peer whose host nobody names") {
        assertTrue(!taken("mutual", setOf(pinOf(leaf)), listOf(device)), "an unknown channel")
        val broken = ChannelPolicy("roots", emptySet(), listOf(device.encoded, ByteArray(9)))
        assertTrue(!connects(PinnedConnections({ _, _ -> broken }, storeOf(device)), plain), "a broken root")
        val manager: X509TrustManager = PinnedConnections({ _, _ -> null }, storeOf(device)).trustManager
        assertThrows<CertificateException> { manager.checkServerTrusted(arrayOf(leaf, device), "ECDHE_ECDSA") }
        assertThrows<CertificateException> { manager.checkClientTrusted(arrayOf(leaf, device), "ECDHE_ECDSA") }
        val factory = PinnedConnections({ _, _ -> null }, storeOf(device)).socketFactory
        assertThrows<IOException> { factory.createSocket() }
        assertThrows<IOException> { factory.createSocket(InetAddress.getLoopbackAddress(), 443) }
    }

    checks.check("offers TLS 1.2 and newer alone") {
        val socket = Socket(InetAddress.getLoopbackAddress(), serve(plain).localPort)
        val factory = PinnedConnections({ _, _ -> null }, storeOf(device)).socketFactory
        val tls = factory.createSocket(socket, "api.example.com", 443, true) as SSLSocket
        tls.use { assertEquals(setOf("TLSv1.2", "TLSv1.3"), it.enabledProtocols.toSet()) }
    }

    checks.check("gives the client's own verifier another identity and the same verdict") {
        val standard = HostnameVerifier { host, _ -> host == "api.example.com" }
        val verifier = PinnedConnections({ _, _ -> null }, storeOf(device)).verifier(standard)
        val session = SSLContext.getDefault().createSSLEngine().session
        assertTrue(verifier !== standard && verifier.verify("api.example.com", session) && !verifier.verify("evil.example", session))
    }
}
