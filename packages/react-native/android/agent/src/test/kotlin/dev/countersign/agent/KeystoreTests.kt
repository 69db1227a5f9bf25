package dev.countersign.agent

import android.os.Build
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.StrongBoxUnavailableException
import android.security.keystore.UserNotAuthenticatedException
import dev.countersign.agent.keys.EnrolledKey
import dev.countersign.agent.keys.InstanceKeys
import dev.countersign.agent.keys.KeyFault
import dev.countersign.agent.protocol.Configuration
import dev.countersign.agent.protocol.DpopRequest
import dev.countersign.agent.protocol.encodeBase64Url
import dev.countersign.agent.protocol.statementMessage
import java.security.InvalidAlgorithmParameterException
import java.security.ProviderException
import java.security.UnrecoverableKeyException

private const val PROJECT = "c5l8Iwco4OAL0x91aSubew"

private fun level(api: Int) = Build.VERSION::class.java.getField("SDK_INT").set(null, api)

private fun fresh(chain: List<java.security.cert.X509Certificate>): InstanceKeys {
    FakeKeystore.reset(leafKey(), chain)
    level(34)
    return InstanceKeys(Configuration.parse("cs1~h.example~$PROJECT~${"A".repeat(43)}~${"B".repeat(42)}A"))
}

/** What the agent does with what a keystore says; what Android's really says, a phone must show. */
internal fun keystoreTests(checks: Checks) {
    FakeKeystore.install()
    val chain = listOf("leaf", "device", "managed").map(::certificate)
    val request = DpopRequest("GET", "https://a.example/", null, null, 1, "j")
    fun statement(made: EnrolledKey) =
        """{"v":1,"use":"enrol","project":"$PROJECT","platform":"android","instanceKey":"${encodeBase64Url(made.instanceKey)}"}""".toByteArray()

    checks.check("keystore: makes a key and proves statements by it") {
        val keys = fresh(chain)
        val made = keys.enrol("first", ByteArray(60))
        assertEquals(1, FakeKeystore.asked)
        assertEquals("countersign.$PROJECT.first", FakeKeystore.name)
        assertEquals(chain.map { hex(it.encoded) }, made.chain.map(::hex))
        assertTrue(verifies(made.instanceKey, statementMessage(statement(made)), keys.prove("first", statement(made))))
    }

    checks.check("keystore: takes the TEE where there is no StrongBox, where it fails, and before API level 28") {
        for (fault in listOf(StrongBoxUnavailableException(), ProviderException("out of slots"))) {
            val keys = fresh(chain)
            FakeKeystore.makings.addAll(listOf(fault, null))
            keys.enrol("first", ByteArray(60))
            assertEquals(2, FakeKeystore.asked)
        }
        val keys = fresh(chain)
        level(27)
        FakeKeystore.makings.add(StrongBoxUnavailableException())
        assertEquals("unavailable", assertThrows<KeyFault> { keys.enrol("first", ByteArray(60)) }.code)
        assertEquals(1, FakeKeystore.asked)
    }

    checks.check("keystore: says unavailable of what may pass and unsupported of what never will when a key is made") {
        val faults = mapOf(
            ProviderException("keystore is away") to "unavailable",
            InvalidAlgorithmParameterException("no attestation") to "unsupported",
            UserNotAuthenticatedException() to "unavailable",
        )
        for ((fault, code) in faults) {
            val keys = fresh(chain)
            FakeKeystore.makings.addAll(listOf(fault, fault))
            assertEquals(code, assertThrows<KeyFault> { keys.enrol("first", ByteArray(60)) }.code)
        }
        for (unattested in listOf(chain.take(1), List(7) { chain.first() })) {
            assertEquals("unsupported", assertThrows<KeyFault> { fresh(unattested).enrol("first", ByteArray(60)) }.code)
            assertEquals(1, FakeKeystore.deleted.size)
        }
    }

    checks.check("keystore: gives a key up on the platform's own word alone") {
        val faults = listOf(
            KeyPermanentlyInvalidatedException() to "invalid_key",
            UnrecoverableKeyException("x").initCause(KeyPermanentlyInvalidatedException()) to "invalid_key",
            UnrecoverableKeyException("busy") to "unavailable",
            ProviderException("away") to "unavailable",
            IllegalStateException() to "unavailable",
        )
        for ((fault, code) in faults) {
            val keys = fresh(chain)
            keys.enrol("first", ByteArray(60))
            FakeKeystore.onGet = fault
            val thrown = assertThrows<KeyFault> { keys.dpop("first", request) }
            assertEquals("$code first", "${thrown.code} ${thrown.alias}")
        }
        val keys = fresh(chain)
        keys.enrol("first", ByteArray(60))
        keys.forget("first")
        assertEquals("invalid_key", assertThrows<KeyFault> { keys.dpop("first", request) }.code)
    }

    checks.check("keystore: looks at no key but its own project's") {
        val keys = fresh(chain)
        keys.enrol("first", ByteArray(60))
        for (alias in listOf("the app's own key", "countersign.AAAAAAAAAAAAAAAAAAAAAA.x", "", "a".repeat(65), "../first", "first\n")) {
            assertEquals("invalid_key", assertThrows<KeyFault> { keys.dpop(alias, request) }.code)
            assertEquals("invalid_key", assertThrows<KeyFault> { keys.enrol(alias, ByteArray(60)) }.code)
            keys.forget(alias)
        }
        assertEquals(0, FakeKeystore.deleted.size)
        assertEquals(1, FakeKeystore.asked)
    }
}
