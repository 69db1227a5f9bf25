package dev.countersign.bridge

import android.content.Context
import dev.countersign.agent.channel.ChannelBook
import dev.countersign.agent.channel.HostChannel
import java.util.concurrent.Executor

/** `holdChannels` of `NativeBridge`. */
internal fun channelCalls(context: Context, where: Executor): Map<String, Call> =
    mapOf("holdChannels" to where.call { ChannelBook.of(context).hold(it.objects("channels").map(::channelOf)) })

private fun channelOf(of: Asked) = HostChannel(of.text("host"), portOf(of), policyOf(of.of("policy")))
