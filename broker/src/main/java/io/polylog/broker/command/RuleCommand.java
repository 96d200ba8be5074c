package io.polylog.broker.command;

import io.polylog.broker.QueuePolicy;
import io.polylog.broker.Rule;
import java.nio.ByteBuffer;

/// Sets a rule, in place of one of that name, or takes the one of that name away.
///
/// @param rule which
/// @param add whether it shall stand
public record RuleCommand(Rule rule, boolean add) {
    public static final int TYPE = 111;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION);
        encode(out, rule);
        out.flag(add);
    }

    public static RuleCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "rule");
        HeadReader in = new HeadReader(head);
        return new RuleCommand(rule(in), in.flag());
    }

    /// Inside a cell.
    public static void encode(HeadWriter out, Rule rule) {
        out.text(rule.namespace()).text(rule.name()).text(rule.pattern());
        out.signed(rule.priority()).optionalText(rule.alternate());
        QueuePolicy none = QueuePolicy.NONE;
        Policies.encode(
                out,
                new QueuePolicy(
                        rule.expiry(),
                        rule.limits(),
                        rule.deadLetters(),
                        none.retry(),
                        none.service().sharing(rule.fairShare()).with(rule.filter()),
                        none.admission().with(rule.schema()),
                        none.keep()));
    }

    /// Takes back what [#encode(HeadWriter, Rule)] wrote.
    public static Rule rule(HeadReader in) {
        String namespace = in.text();
        String name = in.text();
        String pattern = in.text();
        int priority = (int) in.signed();
        String alternate = in.optionalText();
        QueuePolicy policy = Policies.decode(in);
        return new Rule(
                namespace,
                name,
                pattern,
                priority,
                policy.expiry(),
                policy.limits(),
                policy.deadLetters(),
                policy.service().filter(),
                policy.admission().schema(),
                alternate,
                policy.service().fairShare());
    }
}
