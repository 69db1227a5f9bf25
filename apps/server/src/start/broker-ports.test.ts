import { describeBrokerPorts, portsOfService } from "./broker-ports.suite.ts";

describeBrokerPorts("in the service", portsOfService);
