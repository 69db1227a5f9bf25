package dev.countersign.agent

import dev.countersign.agent.channel.namesHost
import dev.countersign.agent.channel.ownVerifier
import java.net.InetAddress
import java.net.Socket
import javax.net.ssl.SSLContext
import javax.net.ssl.SSLSocket
import javax.net.ssl.X509TrustManager
import kotlin.concurrent.thread

internal fun hostNameTests(checks: Checks) {
    checks.check("host names: are those of the certificate, with an asterisk for one whole label") {
        val named = certificate("named")
        for (host in listOf("a.example.org", "own.example.net", "127.0.0.1")) assertTrue(namesHost(named, host), host)
        val others = listOf(
            "example.org", "a.b.example.org", ".example.org", "xexample.org", "a.example.org.evil.example", "example.net", "a.own.example.net", "printer.local", "ab.example.net",
            "a*.example.net", "127.0.0.2", "127.0.0.1.example.org", "::1", "", "named",
        )
        for (host in others) assertTrue(!namesHost(named, host), host)
        assertTrue(!namesHost(certificate("device"), "device"), "a subject is no name")
    }

    checks.check("host names: are looked for in what the peer showed in its handshake") {
        val server = listen(listOf("leaf", "device").map(::certificate))
        thread(isDaemon = true) { (server.accept() as SSLSocket).startHandshake() }
        val anybody = object : X509TrustManager {
            override fun checkServerTrusted(chain: Array<java.security.cert.X509Certificate>, authType: String) = Unit

            override fun checkClientTrusted(chain: Array<java.security.cert.X509Certificate>, authType: String) = Unit

            override fun getAcceptedIssuers(): Array<java.security.cert.X509Certificate> = emptyArray()
        }
        val context = SSLContext.getInstance("TLS").apply { init(null, arrayOf(anybody), null) }
        val plain = Socket(InetAddress.getLoopbackAddress(), server.localPort)
        (context.socketFactory.createSocket(plain, "x", 443, true) as SSLSocket).use {
            it.startHandshake()
            val verdicts = listOf("api.example.com", "evil.example.com").map { host -> ownVerifier().verify(host, it.session) }
            assertEquals(listOf(true, false), verdicts)
        }
        assertTrue(!ownVerifier().verify("api.example.com", SSLContext.getDefault().createSSLEngine().session), "nobody")
    }
}
