<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
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
        <translation>已到期，请到支局同步</translation>
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
        <source>Type your passphrase.</source>
        <translation>请输入口令。</translation>
    </message>
</context>
</TS>
