<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>Recovery</name>
    <message>
        <source>Type your login at the branch.</source>
        <translation>请输入您在网点的登录名。</translation>
    </message>
    <message>
        <source>Type the password of that login.</source>
        <translation>请输入该登录名的密码。</translation>
    </message>
    <message>
        <source>The two are not the same. Type it again.</source>
        <translation>两次输入不一致，请重新输入。</translation>
    </message>
    <message>
        <source>Type the new passphrase.</source>
        <translation>请输入新口令。</translation>
    </message>
    <message>
        <source>The branch has not decided yet.</source>
        <translation>网点尚未审批。</translation>
    </message>
    <message>
        <source>The branch lead refused. Nothing on this laptop has changed or is lost.</source>
        <translation>网点负责人未同意。本机没有改动，内容没有丢失。</translation>
    </message>
    <message>
        <source>Nobody decided within seven days. Ask again.</source>
        <translation>七天内无人审批，请重新申请。</translation>
    </message>
    <message>
        <source>Another request took the place of this one. If it was not yours, tell the branch.</source>
        <translation>已有新的申请取代了这次申请。如非本人操作，请告知网点。</translation>
    </message>
</context>
<context>
    <name>RecoveryCard</name>
    <message>
        <source>Login at the branch</source>
        <translation>网点登录名</translation>
    </message>
    <message>
        <source>Password of that login</source>
        <translation>该登录名的密码</translation>
    </message>
    <message>
        <source>New passphrase for this laptop</source>
        <translation>本机的新口令</translation>
    </message>
    <message>
        <source>New passphrase again</source>
        <translation>再次输入新口令</translation>
    </message>
    <message>
        <source>New passphrase, as you chose it</source>
        <translation>您设定的新口令</translation>
    </message>
    <message>
        <source>Show what is typed</source>
        <translation>显示输入内容</translation>
    </message>
    <message>
        <source>Forgot the passphrase</source>
        <translation>忘记口令</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Ask anew</source>
        <translation>重新申请</translation>
    </message>
    <message>
        <source>Server: {address}</source>
        <translation>服务器：{address}</translation>
    </message>
    <message>
        <source>Digits for the branch lead: {n}</source>
        <translation>念给网点负责人的数字：{n}</translation>
    </message>
    <message>
        <source>Read these digits to your branch lead. Once it is approved, type the new passphrase and look again. You may close the window meanwhile.</source>
        <translation>请把这些数字念给网点负责人。获准后输入新口令，再次查看。其间可以关闭窗口。</translation>
    </message>
    <message>
        <source>Your branch lead can let this laptop open again. No edit is lost. It needs the network once.</source>
        <translation>网点负责人可以让本机重新打开，修改不会丢失。需要联网一次。</translation>
    </message>
    <message>
        <source>Asking the branch…</source>
        <translation>正在询问网点…</translation>
    </message>
    <message>
        <source>Look again</source>
        <translation>再次查看</translation>
    </message>
    <message>
        <source>Ask the branch</source>
        <translation>向网点申请</translation>
    </message>
</context>
<context>
    <name>UnlockPage</name>
    <message>
        <source>Yizhan</source>
        <translation>驿站</translation>
    </message>
    <message>
        <source>Locked. Everything on this laptop is encrypted.</source>
        <translation>已锁定·资料已加密</translation>
    </message>
    <message>
        <source>Passphrase</source>
        <translation>口令</translation>
    </message>
    <message>
        <source>Show the passphrase</source>
        <translation>显示口令</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>解锁</translation>
    </message>
    <message>
        <source>Caps Lock is on</source>
        <translation>大写锁定已开</translation>
    </message>
    <message>
        <source>Unlocks without a network</source>
        <translation>离线也能解锁</translation>
    </message>
    <message>
        <source>Forgot the passphrase?</source>
        <translation>忘记口令？</translation>
    </message>
    <message>
        <source>Customer manager</source>
        <translation>客户经理</translation>
    </message>
    <message>
        <source>Branch lead</source>
        <translation>网点负责人</translation>
    </message>
    <message>
        <source>{n} edit waiting, safe on this laptop</source>
        <translation>{n} 项待发送，安全保存在本机</translation>
    </message>
    <message>
        <source>{n} edits waiting, safe on this laptop</source>
        <translation>{n} 项待发送，安全保存在本机</translation>
    </message>
    <message>
        <source>Sync within {n} day</source>
        <translation>请在 {n} 天内同步</translation>
    </message>
    <message>
        <source>Sync within {n} days</source>
        <translation>请在 {n} 天内同步</translation>
    </message>
    <message>
        <source>A sync at the branch is due</source>
        <translation>已到期，请到网点同步</translation>
    </message>
    <message>
        <source>Locking…</source>
        <translation>正在锁定…</translation>
    </message>
    <message>
        <source>Opening…</source>
        <translation>正在打开…</translation>
    </message>
    <message>
        <source>Too many wrong passphrases. The next one can be tried in {left}. Closing the window or restarting the computer does not shorten this.</source>
        <translation>口令输错次数过多，{left} 后才能再试。关闭窗口或重启电脑不会缩短等待时间。</translation>
    </message>
    <message>
        <source>With this unlocking the laptop gets its new key. That can take some minutes.</source>
        <translation>本次解锁将为本机更换密钥，可能需要几分钟。</translation>
    </message>
    <message>
        <source>Type your passphrase.</source>
        <translation>请输入口令。</translation>
    </message>
</context>
</TS>
