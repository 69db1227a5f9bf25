/** In the form that AWS documents for `AssumeRole`. */
export const stsAnswer = (credentials: Readonly<Record<string, string>>, more = ""): string =>
  [
    `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">`,
    `<AssumeRoleResult>`,
    `<SourceIdentity>ops</SourceIdentity>`,
    `<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/demo/x</Arn><AssumedRoleId>ARO:x</AssumedRoleId></AssumedRoleUser>`,
    `<Credentials>${Object.entries(credentials)
      .map(([name, value]) => `<${name}>${value}</${name}>`)
      .join("\n  ")}</Credentials>`,
    `<PackedPolicySize>6</PackedPolicySize>${more}`,
    `</AssumeRoleResult>`,
    `<ResponseMetadata><RequestId>c6104cbe</RequestId></ResponseMetadata>`,
    `</AssumeRoleResponse>`,
  ].join("\n");
