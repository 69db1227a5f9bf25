package dev.countersign.agent

import dev.countersign.agent.channel.ChannelBook
import dev.countersign.agent.channel.ChannelPolicy
import dev.countersign.agent.channel.HostChannel
import java.io.IOException

/** A device that keeps one text. */
private class Kept(var text: String? = null) {
    fun book() = ChannelBook({ text }, { text = it })
}

private val root = certificate("managed").encoded

private fun pinned(vararg pins: String) = ChannelPolicy("pins", pins.toSet(), emptyList())

internal fun channelBookTests(checks: Checks) {
    checks.check("channel book: says what was said last, in a later process too") {
        val kept = Kept()
        val first = kept.book()
        assertEquals(null, first.policyOf("api.example.com", 443))
        val both = ChannelPolicy("both", setOf("A\"é"), listOf(root, ByteArray(2)))
        first.hold(listOf(HostChannel("api.example.com", 443, pinned("a", "b")), HostChannel("api.example.com", 8443, both), HostChannel("::1", 1, both)))
        for (book in listOf(first, kept.book())) {
            assertEquals(pinned("b", "a"), book.policyOf("api.example.com", 443))
            assertEquals(both, book.policyOf("api.example.com", 8443))
            assertEquals(both, book.policyOf("[::1]", 1))
            assertEquals(null, book.policyOf("api.example.com", 80))
            assertEquals(null, book.policyOf("example.com", 443))
        }
        kept.book().hold(emptyList())
        assertEquals(null, kept.book().policyOf("api.example.com", 443))
    }

    checks.check("channel book: knows a host in whatever form it is written") {
        val book = Kept().book().apply { hold(listOf(HostChannel("api.example.com", 443, pinned("a")))) }
        for (form in listOf("API.example.com", "api.example.com.", "Api.Example.Com.")) assertEquals(pinned("a"), book.policyOf(form, 443))
    }

    checks.check("channel book: counts what changes and nothing else, and keeps it until it is kept") {
        val kept = Kept()
        val book = kept.book()
        val channels = listOf(HostChannel("a", 1, pinned("a")))
        book.hold(channels)
        val version = book.version
        kept.text = null
        book.hold(listOf(HostChannel("A", 1, pinned("a"))))
        assertEquals(version to null, book.version to kept.text)
        book.hold(listOf(HostChannel("a", 1, pinned("b"))))
        assertTrue(book.version > version && kept.text != null)
        var isFull = true
        val full = ChannelBook({ null }, { if (isFull) throw IOException("full") else kept.text = it })
        kept.text = null
        assertThrows<IOException> { full.hold(channels) }
        assertEquals(pinned("a"), full.policyOf("a", 1))
        isFull = false
        full.hold(channels)
        assertEquals(pinned("a"), kept.book().policyOf("a", 1))
    }

    checks.check("channel book: takes no more than a manifest can say, and goes on with what was said") {
        val book = Kept().book().apply { hold(listOf(HostChannel("a", 1, pinned("a")))) }
        val many = List(257) { HostChannel("h$it", 1, pinned()) }
        val long = ChannelPolicy("roots", emptySet(), List(40) { ByteArray(16_000) { at -> (at * it).toByte() } })
        for (bad in listOf(many, listOf(HostChannel("b", 1, long)), listOf(HostChannel("b", 1, pinned()), HostChannel("B.", 1, pinned("c"))))) {
            assertThrows<IllegalArgumentException> { book.hold(bad) }
        }
        assertThrows<IllegalArgumentException> { HostChannel("", 1, pinned()) }
        assertThrows<IllegalArgumentException> { HostChannel("a", 0, pinned()) }
        assertThrows<IllegalArgumentException> { HostChannel("a", 65536, pinned()) }
        assertThrows<IllegalArgumentException> { HostChannel("a", 1, pinned(*Array(17) { "$it" })) }
        assertEquals(pinned("a"), book.policyOf("a", 1))
    }

    checks.check("channel book: reads again what could not be read before, unless something was said since") {
        val kept = Kept().apply { book().hold(listOf(HostChannel("a", 1, pinned("a")))) }
        for (said in listOf(null, pinned("b"))) {
            var isAway = true
            val book = ChannelBook({ if (isAway) throw IOException("away") else kept.text }, {})
            assertEquals(null, book.policyOf("a", 1))
            val version = book.version
            said?.let { book.hold(listOf(HostChannel("a", 1, it))) }
            isAway = false
            assertEquals(said ?: pinned("a"), book.policyOf("a", 1))
            assertTrue(book.version > version)
        }
    }

    checks.check("channel book: a stored text that it would not write is as none") {
        val good = Kept().apply { book().hold(listOf(HostChannel("a", 1, ChannelPolicy("roots", setOf("p"), listOf(root))))) }.text ?: ""
        assertTrue(Kept(good).book().policyOf("a", 1) != null)
        val bad = listOf(
            "", "{}", "[]", "null", good.dropLast(1), "$good ,", good.replace("\"v\":1", "\"v\":2"), good.replace("\"port\":1", "\"port\":1.5"),
            good.replace("\"port\":1", "\"port\":\"1\""), good.replace("\"port\":1", "\"port\":0"), good.replace("\"roots\":[0]", "\"roots\":[1]"),
            good.replace("\"host\":\"a\"", "\"host\":7"), good.replace("\"pins\":[\"p\"]", "\"pins\":[7]"), good.replace("\"channel\"", "\"chanel\""),
            good.replace("\"v\":1", "\"v\":1,\"w\":1"), good.replace("\"v\":1", "\"v\":1,\"v\":1"), good.replace("\"roots\":[\"", "\"roots\":[\"="),
            good.replace("\"host\":\"a\"", "\"host\":\"${"a".repeat(900_000)}\""),
        )
        for (text in bad) assertEquals(null, Kept(text).book().policyOf("a", 1))
        assertEquals(null, ChannelBook({ throw IOException("torn") }, {}).policyOf("a", 1))
    }
}
